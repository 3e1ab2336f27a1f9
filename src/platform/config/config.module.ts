import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Settings } from './settings';

/** Makes the validated settings injectable everywhere. */
@Global()
@Module({})
export class ConfigModule {
  static for(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: Settings, useValue: settings }],
      exports: [Settings],
    };
  }
}
