export { rebirthCommand } from '../../../core/sparkplug/encode.ts';
export {
  decodeSparkplug,
  metricValue,
  type SparkplugMetric,
  type SparkplugPayload,
  type SparkplugValue,
} from '../../../core/sparkplug/payload.ts';
