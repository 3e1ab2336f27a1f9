import { Global, Module } from '@nestjs/common';
import { StreamSlots } from './stream-slots';

/** What all event streams of this process share. */
@Global()
@Module({ providers: [StreamSlots], exports: [StreamSlots] })
export class StreamsModule {}
