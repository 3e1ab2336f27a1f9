export * from './fields';
export { absence, fieldRule, type FieldOptions } from './field-rule';
