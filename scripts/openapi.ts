import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateDocument } from './openapi/generate-document';
import { PROJECT_ROOT } from '../src/platform/config/project-root';

/** `npm run openapi`: writes `openapi.json`, which the typed client is generated from. */
void generateDocument().then((text) => writeFileSync(join(PROJECT_ROOT, 'openapi.json'), text));
