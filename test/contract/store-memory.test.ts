import { createMemoryServer } from '../../src/adapters/store/memory.ts';
import { storeContract, type StoreWorld } from './store.ts';

async function memoryWorld(): Promise<StoreWorld> {
  let now = Date.now();
  const server = createMemoryServer({ now: () => now });
  return {
    open: async (times) => server.open({ appId: 'A1', ...times }),
    openOtherApp: async () => server.open({ appId: 'A2' }),
    pass: async (ms) => {
      now += ms;
    },
    now: async () => now,
    end: async () => undefined,
  };
}

storeContract('memory', memoryWorld, { runs: 400, lanes: 1 });
