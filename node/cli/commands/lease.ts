/**
 * `lunarx lease`: show, set, renew, off
 *
 * @module
 */
import type { OwnerLeaseRenewal, OwnerLeaseState } from '@lunarx/client'
import { LunarError } from '@lunarx/core/model'
import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { formatDuration } from '../output/format.ts'
import { print } from '../output/print.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

const DAY_MS = 86_400_000

export const addLease: AddCommand = (program, io) => {
  const lease = program
    .command('lease')
    .summary('let everything go when the owner does not renew its lease')
    .description(
      'Off by default: what an owner stores stays until the owner deletes it. With a lease, all sets of the owner are removed when it was ' +
        'not renewed for its whole time and another day has passed. Names stay, and what is small enough to lie in their rows.',
    )
  leaf(lease, 'show', 'print how long the lease is and what is left of it', async (options) => {
    const { withClient } = await import('../session/open-session.ts')
    const state = await withClient(options, io, (client) => client.lease({ signal: io.signal }))
    await print(io, options, state, describeLease(state))
  })
  leaf(lease, 'set', 'set the lease, or change its time, and renew it', (options, time) => renew(daysOf(time), options, io), '<days>')
  leaf(lease, 'renew', 'begin the time of the lease anew', (options) => renew(undefined, options, io))
  leaf(lease, 'off', 'withdraw the lease: everything stays for good', (options) => renew(null, options, io))
  examples(lease, 'lunarx lease set 90', 'lunarx lease show', 'lunarx lease renew', 'lunarx lease off')
}

function leaf(
  parent: Command,
  name: string,
  description: string,
  act: (options: ClientOptions, argument: string) => Promise<void>,
  argument?: string,
): void {
  const command = parent.command(name).description(description)
  if (argument) command.argument(argument, 'whole days, 7 to 3660')
  ownerOptions(command).action(async (...given: unknown[]) => {
    const [first, second] = given
    await (argument ? act(second as ClientOptions, String(first)) : act(first as ClientOptions, ''))
  })
}

async function renew(periodMs: number | null | undefined, options: ClientOptions, io: Io): Promise<void> {
  const { withClient } = await import('../session/open-session.ts')
  const renewal = await withClient(options, io, (client) => client.renewLease({ periodMs, signal: io.signal }))
  await print(io, options, renewal, describeRenewal(renewal))
}

/** @throws {LunarError} BAD_RANGE */
export function daysOf(text: string): number {
  if (!/^[0-9]{1,5}$/.test(text)) throw new LunarError('BAD_RANGE', 'the time of a lease is a number of whole days', { detail: { text } })
  return Number(text) * DAY_MS
}

export function describeLease({ periodMs, remainingMs }: OwnerLeaseState): string {
  if (periodMs === null) return 'no lease: everything stays until it is deleted'
  if (remainingMs === 0) return `the lease of ${formatDuration(periodMs)} is over: everything goes within a day or two unless it is renewed`
  return `a lease of ${formatDuration(periodMs)}, over in ${formatDuration(remainingMs ?? periodMs)}`
}

const describeRenewal = (renewal: OwnerLeaseRenewal): string =>
  renewal.wasOver
    ? `${describeLease(renewal)}\nit was over: objects may be gone, \`lunarx restore --dry-run NAME\` says which`
    : describeLease(renewal)
