import 'reflect-metadata';
import { bootstrap } from '../../../src/bootstrap';
import { plantBug } from './planted-bugs';

plantBug(process.env['PLANTED_BUG'] ?? '');
void bootstrap().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
