import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      'node_modules',
      '.data',
      '.tmp',
      'client/src/schema.ts',
      'coverage',
      'catalog',
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'typeLike', format: ['PascalCase'] },
        {
          selector: 'variable',
          modifiers: ['const', 'global'],
          types: ['string', 'number'],
          format: ['UPPER_CASE'],
        },
        {
          selector: 'variable',
          modifiers: ['const', 'global', 'destructured'],
          types: ['string', 'number'],
          format: null,
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Settings are read in src/platform/config only.',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'dockerode', message: 'Only src/platform/docker talks to the engine.' },
            {
              name: 'bull',
              message: 'Only platform/queue, *.queue.ts and *.processor.ts know Bull.',
            },
            {
              name: '@nestjs/bull',
              message: 'Only platform/queue, *.queue.ts and *.processor.ts know Bull.',
            },
          ],
        },
      ],
    },
  },
  {
    files: [
      'src/platform/config/**',
      'src/commands/**',
      'src/local-services/**',
      'scripts/**',
      'cli/**',
      'console/vite.config.ts',
      'test/**',
    ],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['src/platform/docker/**', 'test/**'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: [
      'src/platform/queue/**',
      'src/**/*.queue.ts',
      'src/**/*.processor.ts',
      'src/**/*.module.ts',
    ],
    rules: { 'no-restricted-imports': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['test/**', '**/*.spec.ts'],
    rules: {
      '@typescript-eslint/naming-convention': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
