/**
 * All commands of the plugin, in the order of its help.
 *
 * @module
 */
import { audit } from './audit.ts'
import { backup } from './backup.ts'
import { completion } from './completion.ts'
import type { Command, Flag } from './context.ts'
import { drain } from './drain.ts'
import { maintenance } from './maintenance.ts'
import { repair } from './repair.ts'
import { report } from './report.ts'
import { status } from './status.ts'
import { transcript } from './transcript.ts'
import { verify } from './verify.ts'

export const COMMANDS: readonly Command[] = [status, drain, maintenance, audit, transcript, repair, verify, backup, report, completion]

/** Of every command. */
export const SHARED_FLAGS: readonly Flag[] = [
  { name: 'namespace', short: 'n', value: 'NAME', help: 'namespace of the network (default: that of the context)' },
  { name: 'network', value: 'NAME', help: 'the LunarNetwork, where the namespace has several' },
  { name: 'context', value: 'NAME', help: 'context of the kubeconfig' },
  { name: 'kubeconfig', value: 'FILE', help: 'default: $KUBECONFIG, ~/.kube/config' },
  { name: 'output', short: 'o', value: 'json', help: 'json: one JSON value on standard output' },
  { name: 'help', short: 'h', help: 'what this command does' },
]
