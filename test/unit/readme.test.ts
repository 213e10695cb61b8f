import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const readme = readFileSync('README.md', 'utf8');
const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> })
  .scripts;

describe('the README', () => {
  it('names files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path as string);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('names folders that exist', () => {
    const folders = [...readme.matchAll(/^\| (`[^|]+`) *\|/gm)]
      .flatMap(([, cell]) => [...(cell as string).matchAll(/`([^`]+)`/g)])
      .map(([, path]) => path as string)
      .filter((path) => /^(src|simulators|config|deploy|test)\b/.test(path));
    expect(folders.length).toBeGreaterThan(10);
    expect(folders.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('calls npm scripts that exist', () => {
    const called = [...readme.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name]) => name as string);
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
  });
});
