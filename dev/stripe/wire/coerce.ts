import type { FormValue } from './form.ts';

/** As much of JSON Schema as the contract uses for parameters. */
export type Schema = {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
};

/**
 * Turns the text of a form into the numbers, booleans and lists that its schema asks for. What fits nothing stays as it
 * is: the validation that follows says so.
 */
export function coerce(value: FormValue, schema: Schema, resolve: (ref: string) => Schema): unknown {
  if (schema.$ref) return coerce(value, resolve(schema.$ref), resolve);
  if (schema.anyOf) return coerceToOne(value, schema.anyOf, resolve);
  if (typeof value === 'string') return coerceText(value, schema);
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item) => coerce(item, items, resolve)) : value;
  }
  const { properties = {}, additionalProperties: rest } = schema;
  return Object.fromEntries(
    Object.entries(value).map(([name, below]) => {
      const wanted = properties[name] ?? (typeof rest === 'object' ? rest : undefined);
      return [name, wanted ? coerce(below, wanted, resolve) : below];
    }),
  );
}

function coerceText(value: string, schema: Schema): unknown {
  if (schema.enum?.includes(value) || accepts(schema, 'string')) return value;
  if ((accepts(schema, 'number') || accepts(schema, 'integer')) && /^-?\d+(\.\d+)?$/.test(value)) {
    return Number(value);
  }
  if (accepts(schema, 'boolean') && (value === 'true' || value === 'false')) return value === 'true';
  if (accepts(schema, 'array') && value === '') return [];
  return value;
}

function coerceToOne(
  value: FormValue,
  choices: readonly Schema[],
  resolve: (ref: string) => Schema,
): unknown {
  const shapes = choices.map((choice) => (choice.$ref ? resolve(choice.$ref) : choice));
  if (typeof value !== 'string') {
    const type = Array.isArray(value) ? 'array' : 'object';
    const fitting = shapes.find((shape) => accepts(shape, type));
    return fitting ? coerce(value, fitting, resolve) : value;
  }
  if (shapes.some((shape) => (shape.enum ? shape.enum.includes(value) : accepts(shape, 'string'))))
    return value;
  for (const shape of shapes) {
    const coerced: unknown = shape.enum ? value : coerceText(value, shape);
    if (coerced !== value) return coerced;
  }
  return value;
}

function accepts(schema: Schema, type: string): boolean {
  return Array.isArray(schema.type) ? schema.type.includes(type) : schema.type === type;
}
