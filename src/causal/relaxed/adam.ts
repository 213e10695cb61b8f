/** Constants of Adam as Kingma and Ba (2015) recommend them: decay of both moments, and ε. */
export const BETA1 = 0.9;
export const BETA2 = 0.999;
export const EPSILON = 1e-8;
