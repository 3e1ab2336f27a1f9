// `npm run check:openapi`: the committed openapi.json against Redocly's recommended-strict and
// Spectral's oas rules, all of them as errors. What is switched off has its reason beside it.
import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectral from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';

const file = process.argv[2] ?? 'openapi.json';
const text = readFileSync(file, 'utf8');

const config = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    // The schemas of events hang on `x-events`, which the rule does not follow.
    'no-unused-components': 'off',
  },
});
const byRedocly = (await lintFromString({ source: text, absoluteRef: file, config })).map(
  ({ ruleId, message, location }) => `redocly ${ruleId} ${location[0]?.pointer}: ${message}`,
);

const linter = new spectral.Spectral();
linter.setRuleset({
  extends: [[rulesets.oas, 'recommended']],
});
// Within an example a field called `default` is no schema, whatever this rule takes it for.
const isNoSchema = ({ code, path }) =>
  code === 'oas3-valid-schema-example' && path.includes('example');
const bySpectral = (await linter.run(text))
  .filter((problem) => !isNoSchema(problem))
  .map(({ code, message, path }) => `spectral ${code} ${path.join('/')}: ${message}`);

const problems = [...byRedocly, ...bySpectral];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stderr.write(`${file}: ${problems.length} problems\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
