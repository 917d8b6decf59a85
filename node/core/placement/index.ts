export * from './candidate.ts'
export * from './place.ts'
export * from './ring.ts'
export * from './risk.ts'
