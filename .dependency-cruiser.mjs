// Who may import whom. `hack/check/borders.ts` runs this after planting a violation of every kind, each of which must be caught.
const roles = ['client', 'provider', 'tracker', 'index']
const only = (from, allowed, why) => ({
  name: `${from}-imports`,
  comment: why,
  severity: 'error',
  from: { path: `^node/${from}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^(node|operator|test)/', pathNot: [`^node/${from}/`, ...allowed.map((folder) => `^node/${folder}/`)] },
})

export default {
  forbidden: [
    only('core', [], 'core is pure: it imports no other workspace'),
    only('wire', ['core'], 'messages are made of the model'),
    only('runtime', ['core'], 'runtime knows the model and nothing of roles'),
    only('net', ['core', 'wire', 'runtime'], 'net carries messages, it knows no role'),
    only('client', ['core', 'wire', 'runtime', 'net'], 'the SDK pulls in no server'),
    only('index', ['core', 'wire', 'runtime', 'net'], 'the row store is a module of its own'),
    only('provider', ['core', 'wire', 'runtime', 'net', 'index'], 'providers host the row store'),
    only('tracker', ['core', 'wire', 'runtime', 'net'], 'trackers hold no rows'),
    only('cli', ['core', 'wire', 'runtime', 'net', 'client', 'provider', 'tracker', 'index'], 'the node image holds no Kubernetes client'),
    {
      name: 'operator-imports',
      comment: 'the operator speaks to trackers by the admin API: it needs no role',
      severity: 'error',
      from: { path: '^operator/', pathNot: '\\.test\\.ts$' },
      to: { path: ['^node/(client|provider|tracker|index|cli)/', '^test/'] },
    },
    {
      name: 'kubernetes-only-in-operator',
      comment: 'the node image and the SDK pull in no Kubernetes client',
      severity: 'error',
      from: { path: '^node/' },
      to: { path: '@kubernetes/client-node' },
    },
    {
      name: 'core-is-pure',
      comment: 'no I/O, no clock, no chance, no node: module in core',
      severity: 'error',
      from: { path: '^node/core/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'roles-touch-no-system',
      comment: 'sockets, files, time and chance stay behind node/runtime and node/net',
      severity: 'error',
      from: { path: `^node/(${roles.join('|')})/`, pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'simulated-only-in-tests',
      comment: 'no pod runs on a simulated clock',
      severity: 'error',
      from: { path: '^(node|operator)/', pathNot: ['\\.test\\.ts$', '/simulated', '^node/runtime/(random|log|metrics)/'] },
      to: { path: '/simulated' },
    },
    { name: 'no-cycle', comment: 'a cycle hides which file depends on which', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', comment: 'an import that resolves nowhere is not checked', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node/[a-z]+|operator|test)/dist/' },
    enhancedResolveOptions: { conditionNames: ['source', 'import', 'node', 'default'], exportsFields: ['exports'], extensions: ['.ts', '.mjs', '.js', '.json'] },
  },
}
