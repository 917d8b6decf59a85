/**
 * What a first-class operator does, line by line, and which test shows it. Lines are numbered for good. A line that no test shows says why.
 *
 * @module
 */
export interface Line {
  readonly number: number
  readonly group: 'API' | 'Status' | 'Ownership' | 'Data safety' | 'Process' | 'Security' | 'Lifecycle'
  readonly claim: string
  /** Each `path: part of the title of a test`. */
  readonly shownBy: readonly string[]
  /** What of the claim no test shows, and why. */
  readonly missing?: string
  /** What the default run leaves to the full one. */
  readonly short?: string
}

const API = 'test/e2e/api/'
const CRDS = `${API}crds.test.ts: `
const OPERATOR = `${API}operator.test.ts: `
const RUNTIME = `${API}runtime.test.ts: `
const PROCESS = `${API}process.test.ts: ready, leading, measured; Secrets of others are not held; SIGTERM gives the Lease back`
const CHART = `${API}chart.test.ts: `
const DELETE_POOL = `${API}delete-pool.test.ts: `
const DAY_TWO = `${API}day-two.test.ts: `
const PLUGIN = 'operator/plugin/plugin.test.ts: '
const BACKENDS = 'test/e2e/backends.test.ts: '
const INFORMER = 'operator/kube/informer.test.ts: '
const AWAY = 'test/e2e/operator-away.test.ts: '
const PLUGIN_E2E = 'test/e2e/plugin.test.ts: '

export const LINES: readonly Line[] = [
  {
    number: 1,
    group: 'API',
    claim: 'CRDs are established and structural, each under 256 KiB.',
    shownBy: [`${CRDS}is established, structural and small`],
  },
  {
    number: 2,
    group: 'API',
    claim: '`kubectl explain --recursive` describes every field; defaults appear in a dry run.',
    shownBy: [`${CRDS}has a description`, `${CRDS}defaults appear in a creation that is not carried out`],
  },
  {
    number: 3,
    group: 'API',
    claim: 'Each file of `test/bad/` is refused with its own message; immutable fields refuse a patch.',
    shownBy: [`${CRDS}is refused with its own message`, `${CRDS}refused as a change: `],
  },
  { number: 4, group: 'API', claim: 'Samples pass a strict dry run.', shownBy: [`${API}samples.test.ts: passes a strict dry run`] },
  {
    number: 5,
    group: 'API',
    claim: 'Short names, category and printer columns.',
    shownBy: [`${CRDS}kubectl get lunarx shows all kinds by their category, with columns that say how they are`],
  },
  {
    number: 6,
    group: 'API',
    claim: '`kubectl scale` works; `/scale` has a selector.',
    shownBy: [`${CRDS}the scale subresource scales`, `${OPERATOR}scale: up is done; down is refused`],
  },
  {
    number: 7,
    group: 'Status',
    claim: '`kubectl wait --for=condition=Ready` ends; `observedGeneration` follows, per condition too.',
    shownBy: [
      'test/e2e/heal.test.ts: status follows: Ready and Healthy with the generation they were observed at',
      `${OPERATOR}observedGeneration follows a change of each spec`,
      'operator/kube/conditions.test.ts: the transition time moves only when the status does',
    ],
  },
  {
    number: 8,
    group: 'Status',
    claim: 'Idle is silent: nothing is written for 10 minutes.',
    shownBy: [
      `${DAY_TWO}idle is silent, and a permanent fault makes a handful of events`,
      'test/e2e/idle.test.ts: nobody uses a healthy network',
      'operator/controllers/meant.test.ts: apply when it is missing, keep when it is as meant',
    ],
    short: '20 s instead of 10 minutes, and no network that serves',
  },
  {
    number: 9,
    group: 'Status',
    claim: '`Ready=False` names the cause within 30 s of a missing Secret.',
    shownBy: [
      `${OPERATOR}the network key is made once; without it, or with another one, the network is not ready`,
      `${BACKENDS}a Secret that is missing is named in a condition`,
    ],
    short: 'the 30 s are not asserted, since the machine is busy with other tests',
  },
  {
    number: 10,
    group: 'Status',
    claim: 'Events are deduplicated: fewer than 20 an hour under a permanent fault.',
    shownBy: [
      `${RUNTIME}events: the same one again is counted, not written`,
      `${DAY_TWO}idle is silent, and a permanent fault makes a handful of events`,
    ],
  },
  {
    number: 11,
    group: 'Status',
    claim: 'A pause annotation stops writes.',
    shownBy: [`${OPERATOR}paused: nothing is written`, `${DAY_TWO}a network that is paused, and its pools`],
  },
  {
    number: 12,
    group: 'Ownership',
    claim:
      'Server-side apply under our own field manager; foreign annotations survive; a deleted Service is back in 10 s; never a write to spec.',
    shownBy: [
      `${RUNTIME}apply: fields of others survive, ours go when we stop giving them`,
      `${OPERATOR}children: made, owned, labelled; one that is deleted comes back`,
      `${OPERATOR}the server holds policies as they were meant, and nobody’s spec was written to`,
    ],
    short: 'the 10 s are not asserted, since the machine is busy with other tests',
  },
  {
    number: 13,
    group: 'Ownership',
    claim: 'Every child has a controller owner and `app.kubernetes.io/*` labels.',
    shownBy: [`${OPERATOR}children: made, owned, labelled`],
  },
  {
    number: 14,
    group: 'Ownership',
    claim: 'What the server holds is what was meant (`ingress[].from` of a NetworkPolicy is not null).',
    shownBy: [
      `${RUNTIME}apply: the server holds what was meant`,
      `${OPERATOR}the server holds every child of a network and of its pools as it was meant`,
      `${OPERATOR}the server holds policies as they were meant`,
    ],
  },
  {
    number: 15,
    group: 'Data safety',
    claim: 'Deleting a network keeps volumes under Retain and removes them under Delete; deleting a namespace ends.',
    shownBy: [
      `${OPERATOR}a network that is deleted under`,
      `${DELETE_POOL}all deleted at once, in the order`,
      `${DAY_TWO}a namespace is deleted within two minutes`,
    ],
  },
  {
    number: 16,
    group: 'Data safety',
    claim: 'Scale-down and the deletion of a pool wait for Drained and lose no byte; below what sets need they are refused.',
    shownBy: [
      'test/e2e/drain.test.ts: a pool is scaled down by one under reads and writes: no byte is lost',
      `${OPERATOR}scale-down: what is to go is drained first`,
      'operator/healing/removal.test.ts: removal of a pool: ',
      `${DELETE_POOL}it is drained first; then pods and claims go`,
      `${DELETE_POOL}one that is still needed stays, with the reason`,
      'test/e2e/delete-pool.test.ts: a pool with data is deleted under load',
    ],
  },
  {
    number: 17,
    group: 'Data safety',
    claim: 'A pod that is deleted together with its volume: sets become whole again.',
    shownBy: [
      'test/e2e/heal.test.ts: a provider pod and its volume are destroyed under load: every lost shard exists again',
      'test/e2e/heal.test.ts: two providers fall silent under load',
    ],
  },
  {
    number: 18,
    group: 'Data safety',
    claim: '`kubectl drain` ends, with never more than `m` shards of a set down; the budget allows one when healthy.',
    shownBy: [
      'test/e2e/drain-node.test.ts: kubectl drain of a node ends under load',
      'operator/healing/disruption.test.ts: absences: ',
      'operator/healing/rollout.test.ts: pods that may be away by choice: ',
    ],
  },
  {
    number: 19,
    group: 'Data safety',
    claim: 'Volumes grow, shrinking is refused, a full volume recovers.',
    shownBy: [
      `${OPERATOR}volumes grow with the spec`,
      `${CRDS}a shrinking volume`,
      'node/provider/full-volume.test.ts: at 100 % it refuses what is new',
      'test/e2e/full-volume.test.ts: a full volume',
    ],
    short: 'claims grow, but of volumes that are folders of the node: none that has a size is filled, or grows',
  },
  {
    number: 20,
    group: 'Data safety',
    claim: 'Configuration rolls one pod at a time and waits for health; an operator upgrade restarts no data pod.',
    shownBy: [
      `${DAY_TWO}a rollout waits for pods that may serve`,
      `${DAY_TWO}a rollout: StatefulSets replace nothing themselves`,
      'operator/healing/rollout.test.ts: rollout: ',
      'test/e2e/rotate.test.ts: the issuer gets another certificate and key',
      'test/e2e/upgrade.test.ts: upgrade and downgrade under load',
      'test/e2e/uninstall.test.ts: helm uninstall leaves',
    ],
  },
  {
    number: 21,
    group: 'Data safety',
    claim: 'The data path works while the operator is away; it catches up after.',
    shownBy: [
      'test/e2e/uninstall.test.ts: helm uninstall leaves',
      `${DAY_TWO}an operator that was away catches up`,
      `${AWAY}the operator is away`,
    ],
    short: 'away for half a minute instead of 10 minutes',
  },
  {
    number: 22,
    group: 'Data safety',
    claim: 'Pools are known by name, never by their place in a list.',
    shownBy: ['operator/controllers/claims.test.ts: claims of a pool are told by label and namespace', `${DAY_TWO}another pool before it`],
  },
  {
    number: 23,
    group: 'Process',
    claim: 'A killed leader is followed within 20 s, without double writes; SIGTERM exits with 0 and releases the Lease.',
    shownBy: [
      `${RUNTIME}one leads at a time; on a graceful stop the next one follows at once`,
      'operator/kube/lease.test.ts: a lease: ',
      'operator/kube/leader-election.test.ts: another leads within 20 s',
      PROCESS,
      `${API}process.test.ts: a leader that is killed is followed by the other process`,
    ],
    short: 'the 20 s are asserted in simulated time, since the machine is busy with other tests',
  },
  {
    number: 24,
    group: 'Process',
    claim: 'An API server that is away for 2 minutes causes no restart; missed deletes are handled; a silent watch fails liveness.',
    shownBy: [
      `${RUNTIME}informer: changes arrive, what vanished while nobody watched is reported`,
      `${INFORMER}an API server that is away for 10 minutes`,
      `${INFORMER}a start without an API server`,
      `${INFORMER}a deletion that the watch missed is found by the next periodic list`,
      `${INFORMER}a watch that is silent while lists succeed is stale after 5 minutes`,
      `${AWAY}the API server is away`,
    ],
    short: 'the API server of a running network is away for half a minute',
  },
  {
    number: 25,
    group: 'Process',
    claim: '`/readyz` is false before the first lists; `/livez` does not depend on the API server.',
    shownBy: ['operator/start.test.ts: without an API server it is alive, not ready', PROCESS],
  },
  {
    number: 26,
    group: 'Process',
    claim: '`/metrics` passes promtool, with controller-runtime’s names and `lunarx_*`; dashboards and alerts name metrics that exist.',
    shownBy: [
      'test/interop/prometheus.test.ts: metrics of a tracker and of a provider',
      'test/interop/prometheus.test.ts: metrics of the operator',
      'test/interop/prometheus.test.ts: each alert fires on what it is for',
      `${BACKENDS}a real Prometheus scrapes all of it: every panel of the dashboards has data`,
      PROCESS,
    ],
    missing:
      'discovery of pods by the chart’s PodMonitors, which wants a Prometheus operator: the Prometheus of the test is told its targets',
  },
  {
    number: 27,
    group: 'Process',
    claim: '5,000 unrelated Secrets make the operator grow by less than 20 MiB.',
    shownBy: [PROCESS],
    short: '450 Secrets of the same size in all',
  },
  {
    number: 28,
    group: 'Security',
    claim: 'Everything runs in namespaces that enforce the `restricted` standard, without a warning.',
    shownBy: [
      `${OPERATOR}pods pass the restricted standard`,
      `${API}samples.test.ts: passes a strict dry run`,
      `${API}samples.test.ts: a Deployment whose pods would not be restricted is an error`,
      `${CHART}what it makes passes a dry run on the server, and pods of it are restricted`,
    ],
  },
  {
    number: 29,
    group: 'Security',
    claim: 'The operator’s rights have no `*` and no Secrets of other namespaces; a namespaced mode runs with Roles only.',
    shownBy: [
      `${API}rights.test.ts: no rule has a star`,
      `${API}rights.test.ts: the operator works with these rights alone`,
      `${API}enrolment.test.ts: in the domain of its node`,
      `${CHART}in one namespace: Roles only`,
      'test/e2e/small.test.ts: an operator of one namespace',
      `${API}secrets.test.ts: keys, tokens and credentials are in no status`,
    ],
  },
  {
    number: 30,
    group: 'Security',
    claim: 'NetworkPolicies deny by default and open what is needed; aggregated view and edit roles.',
    shownBy: [
      'test/e2e/policies.test.ts: network policies hold',
      'operator/controllers/children/network-policy.test.ts: both directions are closed',
      `${CHART}the view and edit roles of Kubernetes get what is ours`,
    ],
  },
  {
    number: 31,
    group: 'Lifecycle',
    claim: 'Upgrade and downgrade between N−1 and N: pods stay, data is intact.',
    shownBy: [
      'test/e2e/upgrade.test.ts: upgrade and downgrade under load',
      'test/e2e/upgrade.test.ts: a network that the release before made',
      'test/e2e/uninstall.test.ts: helm uninstall leaves',
    ],
    short: 'not run. Until there is a tag `v*`, a commit stands for the release before',
  },
  {
    number: 32,
    group: 'Lifecycle',
    claim: '`helm uninstall` keeps CRDs and data; `helm lint`; the schema refuses typos; `helm template` passes a server dry run.',
    shownBy: [
      'test/e2e/uninstall.test.ts: helm uninstall leaves CRDs, networks, pods and volumes',
      `${CHART}helm lint finds nothing`,
      `${CHART}refused: --set `,
      `${API}chart-values.test.ts: wrong values are refused, each by its name`,
      `${API}chart-values.test.ts: another value changes what is made`,
      `${CHART}what it makes passes a dry run on the server`,
      `${CHART}CRDs are kept when it is uninstalled`,
      `${CHART}config/default is the chart with its default values`,
    ],
  },
  {
    number: 33,
    group: 'Lifecycle',
    claim: '`kubectl lunarx status | drain | audit | repair | verify | report`; a report redacts secrets.',
    shownBy: [
      `${PLUGIN}help names every command and every flag`,
      `${PLUGIN}what is secret is taken out, what refers to it stays`,
      'operator/plugin/summary.test.ts: a page says what is wrong, what is done and for how long',
      'operator/plugin/audit.test.ts: the page has the promise, the verdicts, every provider with its reason, and the transcripts by pod',
      `${PLUGIN_E2E}kubectl lunarx status, verify, audit and report say how the network is`,
      `${PLUGIN_E2E}kubectl lunarx drain and repair`,
      `${PLUGIN_E2E}kubectl lunarx repair of a provider on a dead node`,
      `${BACKENDS}kubectl lunarx audit --now`,
    ],
    short: '`drain` and `repair POD` are not carried out',
  },
  {
    number: 34,
    group: 'Lifecycle',
    claim: 'Every field of a spec changes an output.',
    shownBy: ['operator/controllers/spec-fields.test.ts: every field of a spec changes what is made'],
  },
  {
    number: 35,
    group: 'Security',
    claim: 'Credentials of peers and clients are renewed under load, and no pod restarts; one that is over is refused.',
    shownBy: [
      'node/net/issuer/issuer.test.ts: a credential is renewed at about half of its life',
      'node/client/connect/credential.test.ts: s after another: the credential that lives for',
      'test/e2e/rotate.test.ts: credentials live for two minutes',
    ],
    short: 'without a cluster',
  },
]
