export * from './capacity.ts'
export * from './hold.ts'
export * from './keys.ts'
export * from './reservations.ts'
