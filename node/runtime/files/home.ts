/**
 * Where a client keeps what it remembers when nobody says where.
 *
 * @module
 */
import { homedir } from 'node:os'
import { join } from 'node:path'

export const homeStateFolder = (): string => join(homedir(), '.lunarx')
