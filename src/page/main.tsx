import { render } from 'preact';
import { createStore } from './live/store.ts';
import { StoreContext } from './views/context.ts';
import { Shell } from './views/shell.tsx';

const store = createStore();
render(
  <StoreContext.Provider value={store}>
    <Shell />
  </StoreContext.Provider>,
  document.getElementById('page')!,
);
void store.start();
