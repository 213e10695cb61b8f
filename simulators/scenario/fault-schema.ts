import { z } from 'zod';
import { machineParameters } from '../coater/parameters.ts';

/**
 * What may go wrong, when (seconds of simulated time since the start) and for how long. With `probability` a fault
 * hits each message in its window by itself, drawn from the seed.
 */
const window = {
  at_s: z.number().min(0).describe('seconds since the start'),
  for_s: z.number().positive().max(864_000).default(8).describe('messages due in this window are hit'),
  probability: z.number().gt(0).max(1).default(1).describe('of each message in the window to be hit'),
};

const device = { device: z.enum(['gauge', 'coater']) };
const tags = z
  .array(z.enum(machineParameters.map((item) => item.name)))
  .min(1)
  .optional();

export const faultSchema = z.discriminatedUnion('fault', [
  z.strictObject({ fault: z.literal('drop'), ...device, ...window }).describe('never sent'),
  z.strictObject({ fault: z.literal('duplicate'), ...device, ...window }).describe('sent twice'),
  z
    .strictObject({ fault: z.literal('delay'), ...device, ...window, by_s: z.number().positive().max(3600) })
    .describe('sent later, with its old time inside'),
  z.strictObject({ fault: z.literal('reorder'), ...device, ...window }).describe('swapped with the next'),
  z
    .strictObject({ fault: z.literal('freeze'), ...device, ...window, tags })
    .describe('old values, new times'),
  z
    .strictObject({ fault: z.literal('stuck'), ...window, tags: tags.unwrap(), value: z.number() })
    .describe('coater: tags report this value, of good quality'),
  z
    .strictObject({
      fault: z.literal('bad-quality'),
      ...window,
      tags,
      status: z.enum(['bad', 'uncertain']).default('bad'),
    })
    .describe('coater: status of the tags (default: all)'),
  z
    .strictObject({ fault: z.literal('clock-jump'), ...device, at_s: window.at_s, by_s: z.number() })
    .describe("the device's clock is set forward, or back by a negative figure"),
  z
    .strictObject({
      fault: z.literal('corrupt'),
      ...window,
      how: z
        .enum([
          'not-json',
          'truncated',
          'empty',
          'nan',
          'wrong-length',
          'negative-time',
          'out-of-range',
          'too-large',
        ])
        .default('not-json'),
    })
    .describe('gauge: a payload that no reader may take'),
  z
    .strictObject({
      fault: z.literal('dead-locations'),
      ...window,
      from: z.int().min(0),
      to: z.int().max(800),
    })
    .describe('gauge: locations marked invalid'),
  z
    .strictObject({ fault: z.literal('level-shift'), ...window, by_mg_cm2: z.number() })
    .describe('gauge: calibration lost'),
  z
    .strictObject({ fault: z.literal('gap-error'), ...window, by_um: z.number() })
    .describe('coater: true gap minus what the scales read'),
  z
    .strictObject({ fault: z.literal('slurry-change'), at_s: window.at_s, loading_percent: z.number() })
    .describe('coater: another slurry from then on, with so much more loading'),
  z
    .strictObject({
      fault: z.literal('restart'),
      ...device,
      at_s: window.at_s,
      down_s: z.number().min(0).max(86_400).default(0).describe('what is due meanwhile is lost'),
      shift_namespace: z.boolean().default(false).describe('coater: another namespace index afterwards'),
    })
    .describe('OPC UA server or MQTT connection goes away and comes back'),
  z
    .strictObject({
      fault: z.literal('certificate-change'),
      at_s: window.at_s,
      down_s: z.number().min(0).max(86_400).default(0).describe('what is due meanwhile is lost'),
    })
    .describe('coater: its server comes back with a new key and certificate'),
]);

export type Fault = z.output<typeof faultSchema>;
export type FaultOf<Name extends Fault['fault']> = Extract<Fault, { fault: Name }>;
