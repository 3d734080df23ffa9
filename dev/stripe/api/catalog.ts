import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, mergeMetadata } from '../account/references.ts';
import { newPrice, newProduct } from '../objects/catalog.ts';
import { invalid } from '../wire/errors.ts';
import { type Page, paginate } from '../wire/lists.ts';
import { pathId, type Routes } from './call.ts';

export const catalogRoutes: Routes = {
  'POST /v1/products': ({ account, params }) => {
    const wanted = params as Stripe.ProductCreateParams;
    if (wanted.id && account.find('product', wanted.id)) {
      throw invalid(`Product already exists.`, { code: 'resource_already_exists', param: 'id' });
    }
    const product = account.put('product', newProduct(account, wanted));
    account.emit('product.created', product);
    return product;
  },
  'GET /v1/products/{id}': (call) => call.account.get('product', pathId(call)),
  'POST /v1/products/{id}': (call) => {
    const { account } = call;
    const product = account.get('product', pathId(call));
    const { name, active, description, default_price, metadata } = call.params as Stripe.ProductUpdateParams;
    const previous = { name: product.name, active: product.active, metadata: product.metadata };
    if (name !== undefined) product.name = name;
    if (active !== undefined) product.active = active;
    if (description !== undefined) product.description = description || null;
    if (default_price !== undefined) product.default_price = default_price;
    product.metadata = mergeMetadata(product.metadata, metadata);
    product.updated = account.now();
    account.emit('product.updated', product, previous);
    return product;
  },
  'GET /v1/products': ({ account, params, path }) => {
    const { active, ids, ...page } = params as Page & { active?: boolean; ids?: string[] };
    const found = account
      .all('product')
      .filter((one) => (active === undefined || one.active === active) && (!ids || ids.includes(one.id)));
    return paginate(found, page, path);
  },
  'DELETE /v1/products/{id}': (call) => {
    const { account } = call;
    const product = account.get('product', pathId(call));
    if (account.all('price').some((price) => idOf(price.product) === product.id)) {
      throw invalid('This product cannot be deleted because it has one or more user-created prices.');
    }
    account.remove('product', product.id);
    account.emit('product.deleted', product);
    return { id: product.id, object: 'product', deleted: true };
  },
  'POST /v1/prices': ({ account, params }) => {
    const wanted = params as Stripe.PriceCreateParams;
    const product = productOf(account, wanted);
    const price = newPrice(account, wanted, product);
    takeLookupKey(account, price, wanted.transfer_lookup_key ?? false);
    account.put('price', price);
    account.emit('price.created', price);
    return price;
  },
  'GET /v1/prices/{id}': (call) => call.account.get('price', pathId(call)),
  'POST /v1/prices/{id}': (call) => {
    const { account } = call;
    const price = account.get('price', pathId(call));
    const wanted = call.params as Stripe.PriceUpdateParams;
    const previous = { active: price.active, lookup_key: price.lookup_key, metadata: price.metadata };
    if (wanted.lookup_key !== undefined) {
      price.lookup_key = wanted.lookup_key || null;
      takeLookupKey(account, price, wanted.transfer_lookup_key ?? false);
    }
    if (wanted.active !== undefined) price.active = wanted.active;
    if (wanted.nickname !== undefined) price.nickname = wanted.nickname || null;
    price.metadata = mergeMetadata(price.metadata, wanted.metadata);
    account.emit('price.updated', price, previous);
    return price;
  },
  'GET /v1/prices': ({ account, params, path }) => {
    const {
      lookup_keys: keys,
      active,
      product,
      currency,
      type,
      ...page
    } = params as Page & Stripe.PriceListParams;
    const found = account
      .all('price')
      .filter(
        (price) =>
          (!keys || keys.includes(price.lookup_key ?? '')) &&
          (active === undefined || price.active === active) &&
          (product === undefined || idOf(price.product) === product) &&
          (currency === undefined || price.currency === currency) &&
          (type === undefined || price.type === type),
      );
    return paginate(found, page, path);
  },
};

function productOf(
  account: Account,
  { product, product_data: data }: Stripe.PriceCreateParams,
): Stripe.Product {
  if (product) return account.get('product', product, 'product');
  if (!data)
    throw invalid('Missing required param: product.', { code: 'parameter_missing', param: 'product' });
  const made = account.put(
    'product',
    newProduct(account, { name: data.name, metadata: data.metadata ?? {} }),
  );
  account.emit('product.created', made);
  return made;
}

/** A lookup key is one price's. It moves when that is said. */
function takeLookupKey(account: Account, price: Stripe.Price, transfer: boolean): void {
  const holder = account
    .all('price')
    .find((one) => one.id !== price.id && price.lookup_key !== null && one.lookup_key === price.lookup_key);
  if (!holder) return;
  if (!transfer) {
    const message = `A price (\`${holder.id}\`) already uses that lookup key.`;
    throw invalid(message, { code: 'resource_already_exists', param: 'lookup_key' });
  }
  const previous = { lookup_key: holder.lookup_key };
  holder.lookup_key = null;
  account.emit('price.updated', holder, previous);
}
