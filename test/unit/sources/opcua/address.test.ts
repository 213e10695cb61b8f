import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../../src/core/errors.ts';
import { namespaceIndex, parseAddress } from '../../../../src/sources/opcua/address.ts';

describe('addresses of nodes', () => {
  test('have a namespace by URI, by index, or the standard one', () => {
    expect(parseAddress('nsu=http://a.b/c;s=Gap;1', 'x')).toEqual({
      kind: 'id',
      namespace: { uri: 'http://a.b/c' },
      identifier: 's=Gap;1',
    });
    expect(parseAddress('ns=2;i=7', 'x')).toMatchObject({ namespace: { index: 2 }, identifier: 'i=7' });
    expect(parseAddress('i=2258', 'x')).toMatchObject({ namespace: { index: 0 } });
  });

  test('may be paths whose URIs have slashes of their own', () => {
    expect(parseAddress('/Objects/nsu=http://a.b/c/;Coater 1/2:Gap', 'x')).toEqual({
      kind: 'path',
      segments: [
        { namespace: { index: 0 }, name: 'Objects' },
        { namespace: { uri: 'http://a.b/c/' }, name: 'Coater 1' },
        { namespace: { index: 2 }, name: 'Gap' },
      ],
    });
  });

  test.each(['', 'Gap', 's=', 'nsu=;s=Gap', '/', '/Objects//Gap', '/Objects/'])(
    '"%s" is refused, saying where',
    (text) => {
      expect(() => parseAddress(text, 'tags.gap.node')).toThrow(ConfigError);
      expect(() => parseAddress(text, 'tags.gap.node')).toThrow('tags.gap.node');
    },
  );

  test('find their namespace wherever the server has it now', () => {
    const uri = { uri: 'http://a.b/c' };
    expect(namespaceIndex(uri, ['http://opcfoundation.org/UA/', 'urn:x', 'http://a.b/c'])).toBe(2);
    expect(namespaceIndex(uri, ['http://opcfoundation.org/UA/'])).toBeUndefined();
    expect(namespaceIndex({ index: 3 }, ['a', 'b'])).toBeUndefined();
  });
});
