import { differences } from './differences';

describe(differences.name, () => {
  const document = (schema: object, words = 'old') => ({
    paths: { '/a': { get: { summary: words, responses: { 200: { description: words } } } } },
    components: { schemas: { A: schema } },
  });

  it('ignores descriptions, summaries and examples', () => {
    expect(
      differences(
        document({ type: 'string', example: 'a' }),
        document({ type: 'string', example: 'b', description: 'new' }, 'new'),
      ),
    ).toEqual([]);
  });

  it('treats nullable: false like its absence', () => {
    expect(differences(document({ nullable: false }), document({}))).toEqual([]);
    expect(differences(document({ nullable: true }), document({}))).toHaveLength(1);
  });

  it('names a changed type, a missing path and an added property', () => {
    expect(
      differences(document({ type: 'string' }), {
        paths: {},
        components: { schemas: { A: { type: 'integer', properties: { b: { type: 'string' } } } } },
      }),
    ).toEqual([
      '#/components/schemas/A/properties: absent → {"b":{"type":"string"}}',
      '#/components/schemas/A/type: "string" → "integer"',
      expect.stringMatching(/^#\/paths\/\/a: \{.*\} → absent$/),
    ]);
  });

  it('compares a property that is called like a keyword', () => {
    const schema = (type: string) => ({ properties: { description: { type } } });
    expect(differences(document(schema('string')), document(schema('null')))).toEqual([
      '#/components/schemas/A/properties/description/type: "string" → "null"',
    ]);
  });
});
