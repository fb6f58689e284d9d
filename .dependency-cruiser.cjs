/**
 * Imports run one way: functions -> adapters -> core. `npm run check:imports`.
 * swc parses: dependency-cruiser cannot use TypeScript 7. Type imports count like others.
 */
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'layers/core imports itself and zod: no SDK, no Node module, no I/O.',
      severity: 'error',
      from: { path: '^layers/core/' },
      to: { pathNot: ['^layers/core/', '^node_modules/zod/'] },
    },
    {
      name: 'adapters-know-core-only',
      comment: 'An adapter turns what core says into calls of the outside; it knows no function and no other system.',
      severity: 'error',
      from: { path: '^layers/adapters/' },
      to: { path: '^(functions|infra|local|cli|test)/' },
    },
    {
      name: 'sdk-in-adapters-only',
      comment:
        'One place knows the AWS SDK. A handler makes the clients that it hands to adapters; so do the local system and tests.',
      severity: 'error',
      from: { path: '^(functions|cli|layers/(core|edge))/', pathNot: '^functions/[^/]+/handler\\.ts$' },
      to: { path: '^node_modules/@aws-sdk/' },
    },
    {
      name: 'edge-is-self-contained',
      comment:
        "What runs inside other people's services holds the core and nothing else; of OpenTelemetry it takes types.",
      severity: 'error',
      from: { path: '^layers/edge/' },
      to: { pathNot: ['^layers/(core|edge)/', '^node_modules/@opentelemetry/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'edge-is-nobodys-library',
      comment: 'Tollgate itself shares code through the core.',
      severity: 'error',
      from: { path: '^(functions|layers/adapters|infra|local|cli)/' },
      to: { path: '^layers/edge/' },
    },
    {
      name: 'functions-stand-below-their-hosts',
      comment: 'A function is deployed without the CLI, the local system and the stacks.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(infra|local|cli|test)/' },
    },
    {
      name: 'infra-imports-no-runtime-code',
      comment: 'The stacks know the configuration, and nothing that runs.',
      severity: 'error',
      from: { path: '^infra/' },
      to: {
        pathNot: ['^infra/', '^layers/core/configuration\\.ts$', '^node_modules/(aws-cdk-lib|constructs|cdk-nag|zod)/'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'local-knows-no-cli',
      comment: 'The CLI starts the local system, not the other way round.',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^(cli|infra|test)/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      comment: 'What is deployed needs only what package.json lists as dependencies; types vanish.',
      severity: 'error',
      from: { path: '^(functions|layers)/', pathNot: '^layers/edge/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/@types/' },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle has no first page to read.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports is dead, unless it is where something starts.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.(test|d)\\.ts$',
          '^functions/[^/]+/handler\\.ts$',
          '^(infra/app|cli/tollgate)\\.ts$',
          '^scripts/',
        ],
      },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'A misspelt path or a package that package.json does not name.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: '^node_modules' },
    exclude: { path: '^(layers/edge/dist|test/integration/edge/applications)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
