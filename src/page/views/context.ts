import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Store } from '../live/store.ts';
import { formatLoading } from '../model/format.ts';

export const StoreContext = createContext<Store | undefined>(undefined);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error('a view outside the store');
  return store;
}

/** Writes loadings in the unit that was chosen. */
export function useLoading(): (mg_cm2: number | null | undefined) => string {
  const unit = useStore().unit.value;
  return (mg_cm2) => formatLoading(mg_cm2, unit);
}
