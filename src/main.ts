import { bootstrap, endProcess } from './bootstrap';

bootstrap().catch(endProcess);
