import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type Element = Omit<ComponentPropsWithRef<'a'>, keyof AnchorProps | keyof ButtonProps | 'color'>;

/** A link to another of these pages, in a text: underlined, because its colour alone would not tell it. */
export const PageLink = createLink(function PageAnchor(props: Element & AnchorProps) {
  return <Anchor underline="always" {...props} />;
});

/** A link to another of these pages that looks like a button. */
export const PageButton = createLink(function PageButtonAnchor(props: Element & ButtonProps) {
  return <Button component="a" {...props} />;
});
