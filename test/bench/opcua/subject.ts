import { mkdirSync } from 'node:fs';
import { filter, firstValueFrom } from 'rxjs';
import { COATER_NAMESPACE_URI } from '../../../simulators/coater/contract.ts';
import { machineParameters } from '../../../simulators/coater/parameters.ts';
import { opcUaSource } from '../../../src/config/sources.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger as log } from '../../../src/core/logger.ts';
import { loadOpcUa } from '../../../src/core/opcua-library.ts';
import { createOpcUaSource } from '../../../src/sources/opcua/source.ts';

/** Reads one line's values through our source, or with a bare client that only counts them. */
const [endpoint = '', kind = '', folder = '', interval = '50'] = process.argv.slice(2);
const publishing_interval_ms = Number(interval);
const QUEUE = 600;
let values = 0;

const stop = kind === 'source' ? await throughSource() : await bare();
process.stdout.write('ready\n');
process.once('SIGTERM', async () => {
  await stop();
  process.stdout.write(`${kind} ${values}\n`, () => process.exit(0));
});

async function throughSource(): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true });
  const tags = Object.fromEntries(
    machineParameters.map(({ name }) => [name, { node: `nsu=${COATER_NAMESPACE_URI};s=line-1.${name}` }]),
  );
  const settings = opcUaSource.parse({
    type: 'opcua',
    endpoint,
    security: { mode: 'none', policy: 'none' },
    endpoint_must_exist: false,
    tags,
    publishing_interval_ms,
    sampling_interval_ms: 0,
    queue_size: QUEUE,
  });
  const deadLetters = { take: () => {} };
  const source = createOpcUaSource(settings, {
    line: 'line-1',
    clock: systemClock,
    log,
    deadLetters,
    stateFolder: folder,
  });
  source.arrivals.subscribe(({ message, acknowledge }) => {
    if (message.kind === 'machine') values += Object.keys(message.values).length;
    acknowledge();
  });
  await source.start();
  await firstValueFrom(source.status.pipe(filter(({ state }) => state === 'connected')));
  return () => source.stop();
}

async function bare(): Promise<() => Promise<void>> {
  const opcua = await loadOpcUa(log);
  const client = opcua.OPCUAClient.create({ endpointMustExist: false });
  await client.connect(endpoint);
  const session = await client.createSession();
  const index = (await session.readNamespaceArray()).indexOf(COATER_NAMESPACE_URI);
  const subscription = opcua.ClientSubscription.create(session, {
    requestedPublishingInterval: publishing_interval_ms,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 20,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
  });
  const trigger = opcua.DataChangeTrigger.StatusValueTimestamp;
  const filter = new opcua.DataChangeFilter({ trigger, deadbandType: opcua.DeadbandType.None });
  const items = machineParameters.map(({ name }) => ({
    nodeId: `ns=${index};s=line-1.${name}`,
    attributeId: opcua.AttributeIds.Value,
  }));
  const group = opcua.ClientMonitoredItemGroup.create(
    subscription,
    items,
    { samplingInterval: 0, queueSize: QUEUE, discardOldest: true, filter },
    opcua.TimestampsToReturn.Both,
  );
  group.on('changed', () => {
    values++;
  });
  await new Promise<void>((done) => {
    group.on('initialized', () => done());
  });
  return async () => {
    await subscription.terminate();
    await session.close();
    await client.disconnect();
  };
}
