import type { MqttPayloadSettings } from '../../config/sources.ts';
import { binaryDecoder } from './binary.ts';
import type { ScanDecoder } from './decoder.ts';
import { jsonDecoder } from './json.ts';

/** Formats in which each message stands for itself; Sparkplug's do not, and have a session instead. */
export type PlainPayloadSettings = Exclude<MqttPayloadSettings, { type: 'sparkplug' }>;

/** The decoder for a configured format: a further format is a case here and a file beside. */
export function scanDecoder(settings: PlainPayloadSettings, invalidValues: 'refuse' | 'mark'): ScanDecoder {
  switch (settings.type) {
    case 'json':
      return jsonDecoder(settings, invalidValues);
    case 'float32':
    case 'float64':
      return binaryDecoder(settings, invalidValues);
  }
}
