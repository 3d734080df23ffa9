import { createTheme } from '@mantine/core';
import { brandColors } from './config.ts';

export const theme = createTheme({
  primaryColor: 'brand',
  colors: { brand: brandColors },
  // Text on a filled button stays legible, whatever the colour that was configured.
  autoContrast: true,
  primaryShade: { light: 6, dark: 5 },
  cursorType: 'pointer',
  defaultRadius: 'md',
});
