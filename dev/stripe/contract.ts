import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { coerce, type Schema } from './wire/coerce.ts';
import type { Form } from './wire/form.ts';

/** The version of Stripe's API that the contract describes and every request has to name. */
export const API_VERSION = '2026-10-28.endive';

type Description = {
  readonly operationId: string;
  readonly 'x-query'?: { readonly schema: Schema };
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: {
    readonly 200: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  };
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Description>>>>;
  readonly 'x-events': Readonly<Record<string, Schema>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

/** One operation of the contract. */
export type Operation = {
  /** `POST /v1/customers/{id}` */
  readonly name: string;
  readonly params: Schema;
  readonly answer: Schema;
};
export type Fault = { readonly path: string; readonly message: string; readonly keyword: string };

const ANYTHING: Schema = {};
const document = JSON.parse(readFileSync(join(import.meta.dirname, 'contract.json'), 'utf8')) as Document;
permitExpanded('InvoicePayment.Payment', ['payment_intent', 'charge']);
permitExpanded('Refund', ['payment_intent', 'charge']);

// Schemas are compiled when they are first needed: all of them take more than a second.
const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false, allErrors: true });
ajv.addSchema(document as object, 'contract');
const compiled = new Map<Schema, ValidateFunction>();

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, description]): [string, Operation] => {
    const name = `${method.toUpperCase()} ${path}`;
    const body = description.requestBody?.content['application/x-www-form-urlencoded']?.schema;
    const params = body ?? description['x-query']?.schema ?? ANYTHING;
    return [name, { name, params, answer: description.responses[200].content['application/json'].schema }];
  }),
);

/** The operations by name. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(operations);

/** The types of events whose shape is known. */
export const EVENT_TYPES: readonly string[] = Object.keys(document['x-events']);

/** The text of a form as the values that an operation's parameters are declared with. */
export function readParams(operation: Operation, form: Form): Record<string, unknown> {
  return coerce(form, operation.params, resolve) as Record<string, unknown>;
}

/** What is wrong with parameters; nothing when they keep the contract. */
export function faultsOfParams(operation: Operation, params: unknown): Fault[] {
  return faults(operation.params, params);
}

/** What is wrong with an answer as it goes over the wire. */
export function faultsOfAnswer(operation: Operation, answer: unknown): Fault[] {
  return faults(operation.answer, answer);
}

/** What is wrong with an event. A type that the contract does not have is held to the envelope alone. */
export function faultsOfEvent(type: string, event: unknown): Fault[] {
  return faults(document['x-events'][type] ?? { $ref: '#/components/schemas/EventBase' }, event);
}

function faults(schema: Schema, value: unknown): Fault[] {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(absolute(schema) as object);
    compiled.set(schema, validate);
  }
  return validate(value) ? [] : telling(validate.errors ?? []);
}

// Of a choice that nothing fits, the error of each alternative is listed too: those say little.
function telling(errors: ErrorObject[]): Fault[] {
  const plain = errors.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'const');
  return (plain.length > 0 ? plain : errors).slice(0, 8).map((error) => ({
    path: [error.instancePath.replace(/^\//, ''), added(error)].filter(Boolean).join('/'),
    message: error.message ?? error.keyword,
    keyword: error.keyword,
  }));
}

function added({ params }: ErrorObject): string {
  const named = params as { missingProperty?: string; additionalProperty?: string };
  return named.missingProperty ?? named.additionalProperty ?? '';
}

function resolve(ref: string): Schema {
  const schema = document.components.schemas[ref.replace('#/components/schemas/', '')];
  if (!schema) throw new Error(`The contract has no ${ref}.`);
  return schema;
}

function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"contract#/components/')) as Schema;
}

// The contract leaves out payments and charges, so that it names them as ids alone where Stripe would expand them.
function permitExpanded(name: string, fields: readonly string[]): void {
  const properties = resolve(name).properties as Record<string, Schema>;
  for (const field of fields) {
    properties[field] = { anyOf: [properties[field] ?? ANYTHING, { type: 'object' }] };
  }
}
