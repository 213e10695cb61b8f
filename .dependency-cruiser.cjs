// Data flows one way, from sources to sinks. A folder imports only from those above its own line in this list
// (and from itself); everything else is an error. Folders on one line never import each other.
const LEVELS = [
  ['core'],
  ['config'],
  ['sources', 'pipeline', 'causal', 'store'],
  ['predict'],
  ['agent'],
  ['sinks', 'http', 'fleet'],
  ['commands'],
];

const path = (folder) => `^src/${folder}/`;

const downwardOnly = LEVELS.flatMap((folders, level) =>
  folders.map((folder) => {
    const forbidden = LEVELS.slice(level)
      .flat()
      .filter((other) => other !== folder);
    return {
      name: `${folder}-imports-only-lower`,
      comment: `src/${folder} may import only from: ${LEVELS.slice(0, level).flat().join(', ') || 'nothing of ours'}`,
      severity: 'error',
      from: { path: path(folder) },
      to: { path: [...forbidden.map(path), '^src/main\\.ts$', '^src/page/', '^simulators/', '^test/'] },
    };
  }),
).map((rule) =>
  // Commands are the only place in src that may start a simulator.
  rule.from.path === path('commands')
    ? { ...rule, to: { path: rule.to.path.filter((p) => p !== '^simulators/') } }
    : rule,
);

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...downwardOnly,
    {
      name: 'sources-apart',
      comment: 'An adapter never imports another one: each folder of src/sources and src/sinks stands alone.',
      severity: 'error',
      from: { path: '^src/(sources|sinks)/([^/]+)/' },
      to: { path: '^src/$1/[^/]+/', pathNot: '^src/$1/$2/' },
    },
    {
      name: 'simulators-import-core-alone',
      severity: 'error',
      from: { path: '^simulators/' },
      to: { path: '^src/', pathNot: '^src/core/' },
    },
    {
      name: 'page-stands-alone',
      comment: 'The page runs in a browser: it may share types with core, nothing else.',
      severity: 'error',
      from: { path: '^src/page/' },
      to: { path: '^(src|simulators)/', pathNot: '^src/(page|core)/' },
    },
    {
      name: 'product-never-imports-tests-or-dev-packages',
      severity: 'error',
      from: { path: '^(src|simulators)/', pathNot: '^src/page/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@tensorflow/tfjs-node$' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
