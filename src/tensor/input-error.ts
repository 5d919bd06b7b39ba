/**
 * What the user gave (a file, a study, an option) breaks a rule. The message names the thing, the rule and the value;
 * the CLI prints it without a stack and exits with code 2.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}
