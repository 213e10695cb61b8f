import type { MqttBinarySettings } from '../../config/sources.ts';
import type { ScanDecoder } from './decoder.ts';
import { durationFault, refuse, scanFault, timeFault, toLoading } from './figures.ts';

/**
 * Binary scans: a header of 24 bytes, then the values, all in the byte order of the configuration.
 *
 * | offset | type    | what                                                        |
 * | ------ | ------- | ----------------------------------------------------------- |
 * | 0      | 4 bytes | ASCII `GWS1`                                                |
 * | 4      | uint8   | bytes of one value: 4 (float32) or 8 (float64)              |
 * | 5      | uint8   | edge at which the traverse started: 0 operator, 1 gear      |
 * | 6      | uint16  | number of values                                            |
 * | 8      | uint32  | running number of the scan                                  |
 * | 12     | uint32  | duration of the traverse (ms)                               |
 * | 16     | float64 | end of the traverse (ms since 1970)                         |
 * | 24     | float   | the values in the order measured; NaN: marked as invalid    |
 */
export const headerBytes = 24;
export const magic = 'GWS1';

export function binaryDecoder(settings: MqttBinarySettings, invalidValues: 'refuse' | 'mark'): ScanDecoder {
  const valueBytes = settings.type === 'float32' ? 4 : 8;
  const little = settings.byte_order === 'little';

  return (payload) => {
    // The client hands out slices of its read buffer at any offset: a typed array over them could not be made.
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    if (view.byteLength < headerBytes) {
      return refuse('malformed', `${view.byteLength} bytes, less than the header of ${headerBytes}`);
    }
    for (let i = 0; i < magic.length; i++) {
      if (view.getUint8(i) !== magic.charCodeAt(i))
        return refuse('malformed', `does not begin with ${magic}`);
    }
    if (view.getUint8(4) !== valueBytes) {
      return refuse('malformed', `values of ${view.getUint8(4)} bytes, ${valueBytes} expected`);
    }
    const edge = view.getUint8(5);
    if (edge > 1) return refuse('malformed', `edge ${edge} is neither 0 (operator) nor 1 (gear)`);
    const count = view.getUint16(6, little);
    if (count !== settings.locations) {
      return refuse('wrong-length', `${count} values, ${settings.locations} expected`);
    }
    if (view.byteLength !== headerBytes + count * valueBytes) {
      return refuse('wrong-length', `${view.byteLength} bytes for ${count} values of ${valueBytes} bytes`);
    }
    const scan = view.getUint32(8, little);
    const duration_ms = view.getUint32(12, little);
    const time_ms = view.getFloat64(16, little);
    const fault = scanFault(scan) ?? timeFault(time_ms) ?? durationFault(duration_ms);
    if (fault) return fault;

    const loading_mg_cm2 = new Float64Array(count);
    for (let location = 0, at = headerBytes; location < count; location++, at += valueBytes) {
      loading_mg_cm2[location] = valueBytes === 4 ? view.getFloat32(at, little) : view.getFloat64(at, little);
    }
    const badValue = toLoading(loading_mg_cm2, settings.unit, invalidValues);
    if (badValue) return badValue;
    return {
      ok: true,
      value: { scan, time_ms, duration_ms, startedAt: edge === 0 ? 'operator' : 'gear', loading_mg_cm2 },
    };
  };
}
