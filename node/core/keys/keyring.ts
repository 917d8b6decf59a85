/**
 * The keyring: which generations of an owner's keys are in use. One small row under the owner's root key holds it, so that a device
 * with nothing but the secret finds it. Pure.
 *
 * A rotation begins with a new present generation, moves what the older ones wrote, and then leaves one older generation in use: a
 * device that had not heard of the rotation may still write under it. The next rotation moves that too, and ends its use.
 *
 * @module
 */
import { z } from 'zod'
import { MAX_GENERATION } from './owner-keys.ts'

const generation = z.number().int().min(0).max(MAX_GENERATION)

export const keyringSchema = z
  .object({
    /** Of this format. */
    version: z.literal(1),
    /** The generation that writes. */
    present: generation,
    /** The oldest that is still read. */
    oldest: generation,
    /** False while a rotation to the present generation is under way or was cut off. */
    isWhole: z.boolean(),
  })
  .refine(({ present, oldest }) => oldest <= present)
export type Keyring = z.infer<typeof keyringSchema>

/** Of an owner that never rotated. */
export const FIRST_KEYRING: Keyring = { version: 1, present: 0, oldest: 0, isWhole: true }

/** The next generation; of a rotation that was cut off, the same again. */
export const beginRotation = (keyring: Keyring): Keyring =>
  keyring.isWhole ? { ...keyring, present: keyring.present + 1, isWhole: false } : keyring

/** When everything is moved to the present generation. */
export const endRotation = ({ present, version }: Keyring): Keyring => ({
  version,
  present,
  oldest: Math.max(0, present - 1),
  isWhole: true,
})

/** Of devices that wrote without having seen each other: all that any of them needs. */
export function mergeKeyrings(keyrings: readonly Keyring[]): Keyring {
  return keyrings.reduce(
    (a, b) => ({
      version: 1,
      present: Math.max(a.present, b.present),
      oldest: Math.min(a.oldest, b.oldest),
      isWhole: a.isWhole && b.isWhole && a.present === b.present,
    }),
    keyrings[0] ?? FIRST_KEYRING,
  )
}

/** Generations that are read, the present one first. */
export const generationsOf = ({ present, oldest }: Keyring): number[] => Array.from({ length: present - oldest + 1 }, (_, i) => present - i)
