import { readFileSync } from 'node:fs';
import { differences } from './openapi/differences';

// `node dist/scripts/compare-openapi.js <old> <new>`: prints what differs between two OpenAPI documents
// apart from their words, and ends with status 1 where anything does.
const [oldFile, newFile] = process.argv.slice(2);
if (!oldFile || !newFile) {
  console.error('Usage: node dist/scripts/compare-openapi.js <old.json> <new.json>');
  process.exitCode = 2;
} else {
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
  const lines = differences(read(oldFile), read(newFile));
  for (const line of lines) console.log(line);
  console.log(`${lines.length} differences`);
  process.exitCode = lines.length === 0 ? 0 : 1;
}
