export * from './grantee.ts'
export * from './keyring.ts'
export * from './owner-keys.ts'
export * from './words.ts'
