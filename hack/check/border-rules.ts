/**
 * Who may import whom. A folder that is not named as an importer may import anything; tests may import everything.
 *
 * @module
 */
export interface BorderRule {
  readonly name: string
  readonly why: string
  readonly from: RegExp
  /** Files of `from` that the rule leaves alone. */
  readonly except?: RegExp
  /** Imports that break the rule: a path of the clone, `node:…`, or `npm:NAME`. */
  readonly forbids: (imported: string) => boolean
}

const WORKSPACE = /^(node\/[a-z]+|operator|test|hack)\//
const workspaceOf = (path: string): string | undefined => WORKSPACE.exec(path)?.[1]

const only = (workspace: string, allowed: readonly string[], why: string): BorderRule => ({
  name: `${workspace}-imports`,
  why,
  from: new RegExp(`^node/${workspace}/`),
  forbids: (imported) => {
    const to = workspaceOf(imported)
    return to !== undefined && to !== `node/${workspace}` && !allowed.some((name) => to === `node/${name}`)
  },
})

const isBuiltIn = (imported: string): boolean => imported.startsWith('node:')

export const RULES: readonly BorderRule[] = [
  only('core', [], 'core is pure: it imports no other workspace'),
  only('wire', ['core'], 'messages are made of the model'),
  only('runtime', ['core'], 'runtime knows the model and nothing of roles'),
  only('net', ['core', 'wire', 'runtime'], 'net carries messages, it knows no role'),
  only('client', ['core', 'wire', 'runtime', 'net'], 'the SDK pulls in no server'),
  only('index', ['core', 'wire', 'runtime', 'net'], 'the row store is a module of its own'),
  only('provider', ['core', 'wire', 'runtime', 'net', 'index'], 'providers host the row store'),
  only('tracker', ['core', 'wire', 'runtime', 'net'], 'trackers hold no rows'),
  only('verifier', ['core', 'wire', 'runtime', 'net'], 'a verifier holds nothing'),
  only('cli', ['core', 'wire', 'runtime', 'net', 'client', 'provider', 'tracker', 'verifier', 'index'], 'the node image holds no operator'),
  {
    name: 'operator-imports',
    why: 'the operator speaks to trackers by the admin API: it needs no role',
    from: /^operator\//,
    forbids: (imported) => /^(node\/(client|provider|tracker|verifier|index|cli)|test|hack)\//.test(imported),
  },
  {
    name: 'samples-imports',
    why: 'a sample shows what a DApp does with the SDK and Node.js alone; the image that runs it has no other packages to count on',
    from: /^config\/samples\//,
    forbids: (imported) => imported.startsWith('npm:') || (workspaceOf(imported) ?? 'node/client') !== 'node/client',
  },
  {
    name: 'kubernetes-only-in-operator',
    why: 'the node image and the SDK pull in no Kubernetes client',
    from: /^node\//,
    forbids: (imported) => imported.startsWith('npm:@kubernetes/'),
  },
  {
    name: 'database-only-in-tracker-store',
    why: 'sockets to a database live in node/tracker/store; everything else knows the key-value interface',
    from: /^(node|operator)\//,
    except: /^node\/tracker\/store\//,
    forbids: (imported) => imported === 'npm:pg',
  },
  {
    name: 'tracing-sdk-only-in-cli',
    why: 'a DApp brings the SDK of OpenTelemetry: the client and what it imports know its API alone',
    from: /^(node|operator)\//,
    except: /^node\/cli\//,
    forbids: (imported) => imported.startsWith('npm:@opentelemetry/') && imported !== 'npm:@opentelemetry/api',
  },
  { name: 'core-is-pure', why: 'no I/O, no clock, no chance in core', from: /^node\/(core|wire)\//, forbids: isBuiltIn },
  {
    name: 'roles-touch-no-system',
    why: 'sockets, files, time and chance stay behind node/runtime and node/net',
    from: /^node\/(client|provider|tracker|verifier|index)\//,
    forbids: isBuiltIn,
  },
  {
    name: 'simulated-only-in-tests',
    why: 'no pod runs on a simulated clock',
    from: /^(node|operator)\//,
    except: /\/simulated[./-]|\/(simulated|seeded|recorded|recording|memory)[^/]*\.ts$|\/index\.ts$/,
    forbids: (imported) => /\/simulated[./-]/.test(imported),
  },
]
