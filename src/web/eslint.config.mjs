import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'gen/', 'node_modules/', '**/*.svelte', 'app/old.js'] },
  ...tseslint.configs.strict,
  {
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-restricted-globals': ['error', 'localStorage'],
      'no-restricted-syntax': ['error', { selector: 'AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]', message: 'text only' }],
    },
  },
);
