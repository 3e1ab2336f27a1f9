import { NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useBilingual, useText } from '../../app/language';

type Variable = Schema<'CatalogueVariableDto'>;

/** The question of a template for the value of one variable. */
export function VariableField({
  variable,
  value,
  problem,
  onChange,
}: {
  readonly variable: Variable;
  readonly value: string;
  readonly problem: string | undefined;
  onChange(value: string): void;
}) {
  const text = useText();
  const bilingual = useBilingual();
  const common = {
    label: bilingual(variable.title),
    description: variable.description ? bilingual(variable.description) : undefined,
    placeholder: variable.generated
      ? text('留空则自动生成', 'Left empty: generated')
      : (variable.default ?? undefined),
    required: variable.required && !variable.generated && !variable.default,
    error: problem,
  };
  if (variable.options.length > 0)
    return (
      <Select
        {...common}
        data={variable.options.map((option) => ({
          value: option.value,
          label: bilingual(option.title),
        }))}
        value={value || variable.default || null}
        onChange={(next) => onChange(next ?? '')}
      />
    );
  if (variable.type === 'boolean')
    return (
      <Switch
        label={common.label}
        description={common.description}
        error={problem}
        checked={(value || variable.default) === 'true'}
        onChange={(event) => onChange(String(event.currentTarget.checked))}
      />
    );
  if (variable.secret)
    return (
      <PasswordInput
        {...common}
        autoComplete="new-password"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  if (variable.type === 'integer' || variable.type === 'port')
    return (
      <NumberInput
        {...common}
        allowDecimal={false}
        {...(variable.min === null ? {} : { min: variable.min })}
        {...(variable.max === null ? {} : { max: variable.max })}
        value={value}
        onChange={(next) => onChange(String(next))}
      />
    );
  return (
    <TextInput
      {...common}
      type={variable.type === 'email' ? 'email' : variable.type === 'url' ? 'url' : 'text'}
      {...(variable.pattern ? { pattern: variable.pattern } : {})}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
