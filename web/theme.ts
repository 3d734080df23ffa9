import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';
import { shadesOf } from './brand.ts';
import { config } from './config.ts';
import { t } from './texts/index.ts';

const shades = (color: string) => shadesOf(color) as unknown as MantineColorsTuple;

/** Mantine's, but dark enough that text in them, or on them, is legible (WCAG 1.4.3). */
export const theme = createTheme({
  primaryColor: 'brand',
  colors: {
    brand: shades(config.color),
    red: shades('#c92a2a'),
    yellow: shades('#c08a00'),
    green: shades('#237a37'),
  },
  primaryShade: { light: 6, dark: 8 },
  // Text on a filled button stays legible, whatever the colour that was configured.
  autoContrast: true,
  respectReducedMotion: true,
  cursorType: 'pointer',
  defaultRadius: 'md',
  components: {
    PasswordInput: {
      defaultProps: { visibilityToggleButtonProps: { 'aria-label': t.common.showPassword } },
    },
  },
});

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-anchor': 'var(--mantine-color-brand-7)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-3)',
    '--mantine-color-anchor': 'var(--mantine-color-brand-3)',
  },
});
