export * from './random.ts'
export * from './seeded.ts'
export * from './system.ts'
