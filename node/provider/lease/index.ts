export * from './held-leases.ts'
export * from './leases.ts'
export * from './retain.ts'
export * from './teach-keeps.ts'
