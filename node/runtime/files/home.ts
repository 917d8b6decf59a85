/**
 * What a client takes from its surroundings when nobody says otherwise.
 *
 * @module
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** Folder for identities, credentials and journals. */
export const homeStateFolder = (): string => join(homedir(), '.lunarx')

export const environment = (): Readonly<Record<string, string | undefined>> => process.env
