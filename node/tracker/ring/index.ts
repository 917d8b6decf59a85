export * from './forward.ts'
export * from './tracker-ring.ts'
