export * from './owner-lease.ts'
