export * from './beacon.ts'
export * from './memory.ts'
