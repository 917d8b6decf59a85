/**
 * What a person should do about a condition, by its reason. '': nothing, it mends itself. Pure.
 *
 * Every reason that the operator gives for a condition that is not as it should be has its entry (`summary.test.ts`). NAMESPACE and NETWORK stand for those of the network.
 *
 * @module
 */
import type { Metadata } from '../kube/index.ts'

const NOTHING = ''

export const ADVICE: Readonly<Record<string, string>> = {
  // The network
  InvalidSpec: 'Correct the spec of the network as the message says.',
  KeyMissing: 'Restore what the message names from a backup. Do not let a new key be made: every peer would refuse it.',
  KeyMalformed: 'Restore the Secret that the message names from a backup.',
  KeyChanged: 'Restore the Secret that the message names from a backup: it holds the key of another network.',
  NoTrackers: 'Apply a Tracker that names this network.',
  TooManyTrackers: 'Make the Tracker pools smaller.',
  TrackersUnreachable:
    'See why the tracker pods do not run: kubectl describe pod -n NAMESPACE -l app.kubernetes.io/component=tracker,lunarx.dev/network=NETWORK. If they run, look at NetworkPolicies and DNS.',
  TrackersMissing: 'If it lasts: kubectl describe pod -n NAMESPACE -l app.kubernetes.io/component=tracker,lunarx.dev/network=NETWORK.',
  NotEnoughDomains: 'Add nodes with providers, as the message says, or bring back those that are away.',
  NotEnoughSpace: 'Add providers (kubectl scale -n NAMESPACE lprv/POOL --replicas=N) or grow their volumes (spec.volume.size).',
  NoEpoch: 'Wait until enough providers have joined; the message says what is missing.',
  SetsLost:
    'Bring back volumes and nodes that are away: what lies there may be all that is left. Delete no volume claim and no Node until then.',
  SetsDegraded: NOTHING,
  ProviderSilent:
    'Nothing while it is rebuilt. If its pod does not start: kubectl describe pod -n NAMESPACE POD. If its volume is gone for good: kubectl lunarx repair POD -n NAMESPACE.',
  VolumeLost: NOTHING,
  ProvidersMissing: 'See why the pods do not run: kubectl describe pod -n NAMESPACE -l lunarx.dev/network=NETWORK.',
  ProvidersSilent: 'See why the pods do not run: kubectl describe pod -n NAMESPACE -l lunarx.dev/network=NETWORK.',
  PodsNotReady: 'See why the pods do not run: kubectl describe pod -n NAMESPACE -l lunarx.dev/network=NETWORK.',
  RowsMoving: NOTHING,
  // Rows
  RowsLacking: 'See the message of the condition RowsLacking.',
  LeavingOut: NOTHING,
  LeftOut:
    'Nothing is at risk. See why the provider cannot keep rows: its log, whether its volume is full (kubectl exec -n NAMESPACE POD -- df), its disk. Where that cannot be mended, give it a new volume (kubectl delete pvc data-POD -n NAMESPACE --wait=false, then the pod).',
  MemberAway: 'Bring back the provider that is away: kubectl get pods -n NAMESPACE shows which does not run.',
  TooFewRowDomains:
    'Add a provider of the service index on another node, or mend the one that lacks rows: see its log, whether its volume is full (kubectl exec -n NAMESPACE POD -- df), its disk.',
  TooManyAtOnce:
    'See what these providers have in common: full volumes, a new release, a disk. Mend that first. Delete no volume claim until then: rows may have fewer copies than they should.',
  // Nodes
  PolicyWait: 'Bring the node back, or set spec.lostNode.policy to Replace.',
  GracePeriod: 'Nothing. If the node never comes back, delete it now to save the wait: kubectl delete node NODE.',
  StillNeeded: 'Bring the node back: what lies on it may still be needed.',
  Replacing: NOTHING,
  OnOneNode:
    'Make room on another node. A tracker whose volume lies on this one comes back elsewhere when claim and pod are deleted, one at a time, while the network is Healthy: the others teach it what it has lost.',
  NotAllowed:
    'If a node never comes back, release each pod that waits for it by hand, the claim first, one at a time and while no set is lost: kubectl delete pvc data-POD -n NAMESPACE --wait=false && kubectl delete pod POD -n NAMESPACE --grace-period=0 --force. Or have somebody with cluster rights let the operator read nodes and volumes: docs/INSTALL.md, in one namespace.',
  // Pools
  NetworkNotFound: 'Apply the LunarNetwork that the pool names, or correct spec.network.',
  NetworkNotReady: 'See the conditions of the network.',
  ObjectRefused:
    'See the message: raise the quota, or change the policy, that refuses the object. A right that the operator lacks is given by the chart of its version. It is tried again by itself.',
  PodsRefused:
    'See the message: raise the quota, or change the policy, that refuses pods or their volume claims; Kubernetes tries again by itself.',
  ClaimsRefused:
    'See the message: allow expansion (allowVolumeExpansion of the StorageClass) or raise the quota; it is tried again by itself. Or make a pool of another class and drain this one.',
  NameTaken: 'Rename the pool: an object of its name belongs to another.',
  SecretKeyMissing: 'Add to the Secret or ConfigMap of the pool the key that the message names; pods start by themselves then.',
  SecretMissing: 'Make the Secret that the message names; pods start by themselves then.',
  MountFailed: 'See the message: a volume of the pod cannot be mounted.',
  BackendRefused: 'See the message: the bucket or HDFS refused the provider.',
  StoreRefused: 'See the message: the database refused the tracker. Correct its credentials, rights or certificate.',
  ServiceRefused:
    'See the message: free node ports (--service-node-port-range of the API server) or raise the quota; it is tried again by itself.',
  ServicePending: NOTHING,
  PodNotScheduled: 'See why the pod does not run: kubectl describe pod -n NAMESPACE -l lunarx.dev/network=NETWORK.',
  LoadBalancerPending:
    'See kubectl describe service -n NAMESPACE POD-outside. A cluster without a controller for load balancers never gives an address: use NodePort.',
  PoolsInside: 'Set spec.expose of the pools that the message names, or take it back from the others.',
  TooManyExposed: 'Expose smaller pools, or split the network.',
  AddressesPending: 'See the condition Exposed of the pools that the message names.',
  IssuerInside: 'Set issuer.expose and issuer.outsideUrl of the chart.',
  // Verifiers
  AuditsOff: 'Set spec.audit.enabled of the network, or spec.verifiers.replicas of the Tracker to 0.',
  VerifiersRefused: 'See the message: an object of their name belongs to another, or a quota is reached; it is tried again by itself.',
  VerifiersNotReady:
    'See why the pods do not run: kubectl describe pod -n NAMESPACE -l app.kubernetes.io/component=verifier,lunarx.dev/network=NETWORK.',
  NotAnnounced:
    'See why: kubectl logs -n NAMESPACE -l app.kubernetes.io/component=verifier,lunarx.dev/network=NETWORK. Mostly a NetworkPolicy, DNS, or the issuer that does not answer.',
  TooFewTrackers: 'Set spec.replicas of a Tracker that is to stay to what the message names, or more.',
}

/** @returns undefined: nobody wrote down what to do */
export const adviceFor = (reason: string, { namespace = 'default', name }: Metadata): string | undefined =>
  ADVICE[reason]?.replaceAll('NAMESPACE', namespace).replaceAll('NETWORK', name)
