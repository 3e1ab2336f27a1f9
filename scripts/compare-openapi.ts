import { readFileSync } from 'node:fs';
import { differences } from './openapi/differences';

// `node dist/scripts/compare-openapi.js <old> <new>`: prints what differs between two OpenAPI documents
// apart from their words, and ends with status 1 where anything does.
const [OLD_FILE, NEW_FILE] = process.argv.slice(2);
if (!OLD_FILE || !NEW_FILE) {
  console.error('Usage: node dist/scripts/compare-openapi.js <old.json> <new.json>');
  process.exitCode = 2;
} else {
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
  const lines = differences(read(OLD_FILE), read(NEW_FILE));
  for (const line of lines) console.log(line);
  console.log(`${lines.length} differences`);
  process.exitCode = lines.length === 0 ? 0 : 1;
}
