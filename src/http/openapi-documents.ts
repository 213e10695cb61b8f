import { z } from 'zod';
import * as api from '../core/api.ts';
import * as alarms from '../core/api-alarms.ts';
import * as past from '../core/api-history.ts';

/** Documents that the description names; the others stand where they are used. */
const named = {
  Lines: api.linesSchema,
  LineState: api.lineStateSchema,
  LineBatch: api.lineBatchSchema,
  Predictions: api.predictSchema,
  Advice: api.adviceSchema,
  NextGap: api.nextGapSchema,
  Health: api.healthSchema,
  Me: alarms.meSchema,
  Error: api.errorSchema,
  Run: api.runRowSchema,
  ScanPoint: api.scanPointSchema,
  Curve: api.curveSchema,
  Prediction: api.predictionSchema,
  Forecast: api.forecastSchema,
  Profiles: api.profileRowsSchema,
  Abstraction: api.abstractionSchema,
  Adapter: api.adapterSchema,
  Outage: api.outageSchema,
  Tally: api.tallySchema,
  Alarm: alarms.alarmSchema,
  Alarms: alarms.alarmsSchema,
  AlarmChange: alarms.alarmChangeSchema,
  AlarmShelving: alarms.alarmShelvingSchema,
  HistoryEntry: past.historyEntrySchema,
  History: past.historySchema,
  Scans: past.scansSchema,
  Runs: past.runsSchema,
  Heat: past.heatSchema,
} as const satisfies Record<string, z.ZodType>;

export type DocumentName = keyof typeof named;
export type Json = Record<string, unknown>;

export const reference = (name: DocumentName): Json => ({ $ref: `#/components/schemas/${name}` });

/** The name under which a schema stands in the description. */
export const nameOf = (schema: z.ZodType): DocumentName =>
  (Object.keys(named) as DocumentName[]).find((name) => named[name] === schema)!;

/** What `readonly` and the dialect say in every schema once more, the document says for all. */
const plain = ({ jsonSchema }: { jsonSchema: object }): void => {
  for (const key of ['readOnly', '$schema', '$id']) delete (jsonSchema as Json)[key];
};

/** Bodies as they are sent: what has a default may be left out of them. */
const sent: ReadonlySet<DocumentName> = new Set<DocumentName>(['AlarmChange', 'AlarmShelving']);

export function components(): Json {
  const of = (io: 'input' | 'output'): Json => {
    const registry = z.registry<{ id: string }>();
    for (const [id, schema] of Object.entries(named))
      if (sent.has(id as DocumentName) === (io === 'input')) registry.add(schema, { id });
    const uri = (id: string) => `#/components/schemas/${id}`;
    return z.toJSONSchema(registry, { uri, override: plain, io }).schemas;
  };
  const schemas = { ...of('output'), ...of('input') };
  for (const schema of Object.values(schemas)) plain({ jsonSchema: schema as object });
  return schemas;
}
