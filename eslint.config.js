import js from '@eslint/js';
import ts from 'typescript-eslint';

export default ts.config({ ignores: ['dist/', 'docs/api/', 'src/onnx/proto/'] }, js.configs.recommended, ...ts.configs.recommended, {
  files: ['**/*.ts', '**/*.tsx'],
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  rules: {
    '@typescript-eslint/no-floating-promises': [
      'error',
      { allowForKnownSafeCalls: ['test', 'it', 'describe', 'suite'].map((name) => ({ from: 'package', package: 'node:test', name })) },
    ],
    '@typescript-eslint/no-misused-promises': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': 'error',
    '@typescript-eslint/no-non-null-assertion': 'off',
    '@typescript-eslint/consistent-type-imports': 'error',
    eqeqeq: 'error',
  },
});
