export * from './clock.ts'
export * from './simulated.ts'
export * from './slices.ts'
export * from './system.ts'
