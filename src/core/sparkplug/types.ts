/** Data types of Sparkplug B by their number (Sparkplug 3.0, 6.4.16), as far as they are sent or read here. */
export const dataType = {
  Int32: 3,
  Int64: 4,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  UInt32Array: 28,
  FloatArray: 30,
  DoubleArray: 31,
  StringArray: 33,
} as const;
