import {
  Alert,
  Button,
  Checkbox,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { formatMoney } from '../parts/format.ts';
import { PageButton } from '../parts/links.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { t } from '../texts/index.ts';
import type { PlanOnSale } from './types.ts';

/** A plan as the form has it: numbers that were deleted are empty texts. */
export type PlanValues = {
  name: string;
  code: string;
  price_cents: number | string;
  currency: string;
  billing_period: 'monthly' | 'yearly';
  tier: 'free' | 'pro' | 'enterprise';
  trial_days: number | string;
  max_items: number | string;
  max_secondary: number | string;
  api_access: boolean;
};

const NEW_PLAN: PlanValues = {
  name: '',
  code: '',
  price_cents: '',
  currency: 'USD',
  billing_period: 'monthly',
  tier: 'pro',
  trial_days: 0,
  max_items: 100,
  max_secondary: 10,
  api_access: true,
};

type Props = {
  /** The plan as it is; left out for a new one. */
  readonly plan?: PlanOnSale;
  readonly save: (body: ReturnType<typeof toBody>) => Promise<void>;
};

/** As the service takes it. What is no number stays what it is: the service says so by the field. */
function toBody({ max_items, max_secondary, api_access, ...plan }: PlanValues) {
  const number = (value: number | string) => (value === '' ? Number.NaN : Number(value));
  return {
    ...plan,
    currency: plan.currency.trim().toUpperCase(),
    price_cents: number(plan.price_cents),
    trial_days: number(plan.trial_days),
    limits: { max_items: number(max_items), max_secondary: number(max_secondary), api_access },
  };
}

const say = t.desk.plans;

const priceOf = (amount: number | string, currency: string): string | undefined => {
  try {
    return typeof amount === 'number' ? formatMoney(amount, currency.trim().toUpperCase()) : undefined;
  } catch {
    // No amount or no currency yet, as somebody types.
    return undefined;
  }
};

/** What a plan is, to be made or changed. */
export function PlanForm({ plan, save }: Props) {
  const edit = useServerForm<PlanValues>({
    initialValues: plan ? { ...NEW_PLAN, ...plan, ...plan.limits } : NEW_PLAN,
    names: { 'limits.max_items': 'max_items', 'limits.max_secondary': 'max_secondary' },
    submit: (values) => save(toBody(values)),
  });
  const { form, pending } = edit;
  const { price_cents, currency, billing_period } = form.getValues();
  const price = priceOf(price_cents, currency);
  return (
    <FormOf of={edit}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} maw={720}>
        <TextInput label={say.name} required {...form.getInputProps('name')} />
        <TextInput
          label={say.code}
          description={say.codeHint}
          required={plan === undefined}
          disabled={plan !== undefined}
          {...form.getInputProps('code')}
        />
        <NumberInput
          label={say.amount}
          description={price === undefined ? say.amountHint : say.perPeriod(price, billing_period)}
          required
          min={0}
          allowDecimal={false}
          {...form.getInputProps('price_cents')}
        />
        <TextInput
          label={say.currency}
          description={say.currencyHint}
          required
          maxLength={3}
          {...form.getInputProps('currency')}
        />
        <Select
          label={say.period}
          data={[...say.periods]}
          allowDeselect={false}
          {...form.getInputProps('billing_period')}
        />
        <Select
          label={say.tier}
          data={['free', 'pro', 'enterprise']}
          allowDeselect={false}
          {...form.getInputProps('tier')}
        />
        <NumberInput
          label={say.trial}
          description={say.trialHint}
          min={0}
          allowDecimal={false}
          {...form.getInputProps('trial_days')}
        />
        <Checkbox
          label={say.apiAccess}
          description={say.apiAccessHint}
          {...form.getInputProps('api_access', { type: 'checkbox' })}
        />
        <NumberInput
          label={say.maxItems}
          description={say.unlimitedHint}
          min={-1}
          allowDecimal={false}
          {...form.getInputProps('max_items')}
        />
        <NumberInput
          label={say.maxSecondary}
          description={say.unlimitedHint}
          min={-1}
          allowDecimal={false}
          {...form.getInputProps('max_secondary')}
        />
      </SimpleGrid>
      {plan && <WhatChanges plan={plan} values={form.getValues()} />}
      <Group>
        <Button type="submit" loading={pending}>
          {plan ? t.common.save : say.create}
        </Button>
        <PageButton to="/admin/plans" variant="default">
          {t.common.cancel}
        </PageButton>
      </Group>
    </FormOf>
  );
}

/** Whom a change is for, before it is saved. */
function WhatChanges({ plan, values }: { plan: PlanOnSale; values: PlanValues }) {
  const { price_cents, currency, billing_period } = values;
  const isNewPrice =
    price_cents !== plan.price_cents ||
    currency.trim().toUpperCase() !== plan.currency ||
    billing_period !== plan.billing_period;
  const before = say.perPeriod(formatMoney(plan.price_cents, plan.currency), plan.billing_period);
  const after = priceOf(price_cents, currency);
  return (
    <Alert
      role="status"
      variant="light"
      color={isNewPrice ? 'yellow' : 'brand'}
      title={isNewPrice ? say.newPrice : say.changes}
      maw={720}
    >
      <Stack gap={4}>
        {isNewPrice && (
          <Text size="sm">{say.newPriceText(before, after && say.perPeriod(after, billing_period))}</Text>
        )}
        <Text size="sm">{say.changesText}</Text>
      </Stack>
    </Alert>
  );
}
