ALTER TABLE `runs` ADD `worker` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `exit` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `reaped_tier` integer;