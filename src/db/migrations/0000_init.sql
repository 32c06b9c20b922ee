CREATE TABLE `artefacts` (
	`task` integer NOT NULL,
	`name` text NOT NULL,
	`attempt` integer NOT NULL,
	`content` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`task`, `name`, `attempt`)
);
--> statement-breakpoint
CREATE TABLE `breakers` (
	`account` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `budgets` (
	`day` text PRIMARY KEY NOT NULL,
	`raised_usd` real NOT NULL
);
--> statement-breakpoint
CREATE TABLE `comments` (
	`id` text PRIMARY KEY NOT NULL,
	`issue` text NOT NULL,
	`write_key` text,
	`author` text NOT NULL,
	`text` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `comments_write_key_unique` ON `comments` (`write_key`);--> statement-breakpoint
CREATE INDEX `comments_issue` ON `comments` (`issue`,`created_at`);--> statement-breakpoint
CREATE TABLE `commit_statuses` (
	`repo` text NOT NULL,
	`sha` text NOT NULL,
	`context` text NOT NULL,
	`state` text NOT NULL,
	`description` text NOT NULL,
	`url` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`repo`, `sha`, `context`)
);
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`event` text NOT NULL,
	`payload` text NOT NULL,
	`received_at` integer NOT NULL,
	`processed_at` integer,
	`duplicates` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `deliveries_pending` ON `deliveries` (`received_at`) WHERE processed_at is null;--> statement-breakpoint
CREATE TABLE `dependencies` (
	`task` integer NOT NULL,
	`on_task` integer NOT NULL,
	`source` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`task`, `on_task`)
);
--> statement-breakpoint
CREATE INDEX `dependencies_on` ON `dependencies` (`on_task`);--> statement-breakpoint
CREATE TABLE `deploys` (
	`id` text PRIMARY KEY NOT NULL,
	`task` integer NOT NULL,
	`attempt` integer NOT NULL,
	`repo` text NOT NULL,
	`service` text NOT NULL,
	`kind` text NOT NULL,
	`sha` text NOT NULL,
	`previous_sha` text,
	`image_digest` text,
	`confirmed_by` text NOT NULL,
	`state` text NOT NULL,
	`result` text,
	`watch` text,
	`created_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `deploys_once` ON `deploys` (`task`,`attempt`,`sha`,`kind`);--> statement-breakpoint
CREATE INDEX `deploys_service` ON `deploys` (`service`,`created_at`);--> statement-breakpoint
CREATE TABLE `freezes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`repo` text NOT NULL,
	`scope` text NOT NULL,
	`cause` text NOT NULL,
	`reason` text NOT NULL,
	`actor` text NOT NULL,
	`created_at` integer NOT NULL,
	`lifted_at` integer,
	`lifted_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `freezes_active` ON `freezes` (`repo`,`cause`) WHERE lifted_at is null;--> statement-breakpoint
CREATE TABLE `issue_states` (
	`issue` text PRIMARY KEY NOT NULL,
	`known` text,
	`written` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `issues` (
	`id` text PRIMARY KEY NOT NULL,
	`repo` text NOT NULL,
	`seq` integer NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`status_key` text NOT NULL,
	`priority` text NOT NULL,
	`labels` text NOT NULL,
	`blocked_by` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `issues_seq` ON `issues` (`repo`,`seq`);--> statement-breakpoint
CREATE TABLE `leases` (
	`repo` text NOT NULL,
	`kind` text NOT NULL,
	`holder` text NOT NULL,
	`holder_task` integer,
	`fence` integer NOT NULL,
	`acquired_at` integer NOT NULL,
	`heartbeat_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`released` integer NOT NULL,
	PRIMARY KEY(`repo`, `kind`)
);
--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`task` integer NOT NULL,
	`kind` text NOT NULL,
	`payload` text NOT NULL,
	`dedup_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`not_before` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`sent_at` integer,
	`error` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_dedup_key_unique` ON `outbox` (`dedup_key`);--> statement-breakpoint
CREATE INDEX `outbox_unsent` ON `outbox` (`task`,`id`) WHERE sent_at is null;--> statement-breakpoint
CREATE TABLE `pauses` (
	`scope` text PRIMARY KEY NOT NULL,
	`actor` text NOT NULL,
	`since` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pull_requests` (
	`repo` text NOT NULL,
	`number` integer NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`head` text NOT NULL,
	`base` text NOT NULL,
	`state` text NOT NULL,
	`head_sha` text NOT NULL,
	`merge_commit_sha` text,
	`created_at` integer NOT NULL,
	`closed_at` integer,
	`merged_at` integer,
	PRIMARY KEY(`repo`, `number`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pull_requests_open` ON `pull_requests` (`repo`,`head`,`base`) WHERE state = 'open';--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`task` integer NOT NULL,
	`stage` text NOT NULL,
	`attempt` integer NOT NULL,
	`run` integer NOT NULL,
	`generation` integer NOT NULL,
	`fence` integer NOT NULL,
	`role` text NOT NULL,
	`status` text NOT NULL,
	`class` text,
	`host` text,
	`pid` integer,
	`started_at` integer,
	`heartbeat_at` integer,
	`ended_at` integer,
	`cap_usd` real,
	`cost_usd` real,
	`usage` text,
	`progress` text,
	`session_id` text,
	`session` text,
	`log_path` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `runs_task` ON `runs` (`task`,`created_at`);--> statement-breakpoint
CREATE INDEX `runs_live` ON `runs` (`status`) WHERE status <> 'ended';--> statement-breakpoint
CREATE INDEX `runs_cost` ON `runs` (`created_at`);--> statement-breakpoint
CREATE TABLE `task_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`task` integer NOT NULL,
	`event_key` text NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`event` text NOT NULL,
	`accepted` integer NOT NULL,
	`from_state` text NOT NULL,
	`to_state` text NOT NULL,
	`reason` text,
	`message` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `task_log_accepted` ON `task_log` (`event_key`) WHERE accepted = 1;--> statement-breakpoint
CREATE INDEX `task_log_task` ON `task_log` (`task`,`id`);--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`version` integer NOT NULL,
	`repo` text NOT NULL,
	`wid` text NOT NULL,
	`branch` text NOT NULL,
	`issue_id` text,
	`stage` text NOT NULL,
	`activity` text NOT NULL,
	`fence` integer NOT NULL,
	`wake_at` integer,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_wid` ON `tasks` (`repo`,`wid`) WHERE stage <> 'cancelled';--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_branch` ON `tasks` (`repo`,`branch`) WHERE stage <> 'cancelled';--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_issue` ON `tasks` (`issue_id`) WHERE stage <> 'cancelled' and issue_id is not null;--> statement-breakpoint
CREATE INDEX `tasks_live` ON `tasks` (`repo`,`id`) WHERE stage not in ('done', 'cancelled');--> statement-breakpoint
CREATE INDEX `tasks_wake` ON `tasks` (`wake_at`) WHERE wake_at is not null;--> statement-breakpoint
CREATE INDEX `tasks_updated` ON `tasks` (`updated_at`);--> statement-breakpoint
CREATE TABLE `verdicts` (
	`task` integer NOT NULL,
	`stage` text NOT NULL,
	`attempt` integer NOT NULL,
	`generation` integer NOT NULL,
	`step` text NOT NULL,
	`outcome` text NOT NULL,
	`reason` text NOT NULL,
	`evidence` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`task`, `stage`, `attempt`, `generation`, `step`)
);
--> statement-breakpoint
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`user_id` integer,
	`name` text NOT NULL,
	`role` text,
	`chat` text NOT NULL,
	`message` integer,
	`command` text NOT NULL,
	`task` integer,
	`stage` text,
	`attempt` integer,
	`sha` text,
	`result` text NOT NULL,
	`reason` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_user` ON `audit` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`);--> statement-breakpoint
CREATE TABLE `callbacks` (
	`nonce` text PRIMARY KEY NOT NULL,
	`action` text NOT NULL,
	`task` integer,
	`stage` text,
	`attempt` integer,
	`sha` text,
	`payload` text,
	`min_role` text NOT NULL,
	`user_id` integer,
	`chat` text NOT NULL,
	`message` integer,
	`issued_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer,
	`used_by` integer,
	`superseded_at` integer
);
--> statement-breakpoint
CREATE INDEX `callbacks_task` ON `callbacks` (`task`,`chat`) WHERE used_at is null and superseded_at is null;--> statement-breakpoint
CREATE TABLE `cards` (
	`task` integer NOT NULL,
	`chat` text NOT NULL,
	`thread` integer,
	`message` integer,
	`desired_version` integer NOT NULL,
	`desired_hash` text,
	`shown_version` integer NOT NULL,
	`shown_hash` text,
	`buttons_hash` text,
	`keyboard` text,
	`state` text NOT NULL,
	`due_since` integer,
	PRIMARY KEY(`task`, `chat`)
);
--> statement-breakpoint
CREATE INDEX `cards_unshown` ON `cards` (`task`) WHERE desired_hash is not null and desired_hash is not shown_hash;--> statement-breakpoint
CREATE TABLE `chat_inbox` (
	`key` text PRIMARY KEY NOT NULL,
	`body` text NOT NULL,
	`received_at` integer NOT NULL,
	`handled_at` integer
);
--> statement-breakpoint
CREATE INDEX `chat_inbox_unhandled` ON `chat_inbox` (`received_at`) WHERE handled_at is null;--> statement-breakpoint
CREATE TABLE `chats` (
	`chat` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`title` text NOT NULL,
	`projects` text,
	`lang` text,
	`reachable` integer NOT NULL,
	`threads` text NOT NULL,
	`forum` integer NOT NULL,
	`digest` text
);
--> statement-breakpoint
CREATE TABLE `drafts` (
	`id` text PRIMARY KEY NOT NULL,
	`chat` text NOT NULL,
	`user_id` integer NOT NULL,
	`source` integer NOT NULL,
	`message` integer,
	`repo` text,
	`text` text NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer
);
--> statement-breakpoint
CREATE INDEX `drafts_source` ON `drafts` (`chat`,`source`);--> statement-breakpoint
CREATE TABLE `local_files` (
	`file_id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`mime_type` text NOT NULL,
	`bytes` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `local_messages` (
	`chat_id` integer NOT NULL,
	`message_id` integer NOT NULL,
	`message` text NOT NULL,
	`silent` integer NOT NULL,
	`force_reply` text,
	PRIMARY KEY(`chat_id`, `message_id`)
);
--> statement-breakpoint
CREATE TABLE `local_sequences` (
	`name` text PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `local_updates` (
	`update_id` integer PRIMARY KEY NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `local_values` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `memos` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `mutes` (
	`user_id` integer NOT NULL,
	`chat` text NOT NULL,
	`scope` text NOT NULL,
	`until` integer NOT NULL,
	PRIMARY KEY(`user_id`, `chat`, `scope`)
);
--> statement-breakpoint
CREATE TABLE `pairings` (
	`hash` text PRIMARY KEY NOT NULL,
	`role` text NOT NULL,
	`projects` text NOT NULL,
	`created_by` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pings` (
	`cause` text NOT NULL,
	`chat` text NOT NULL,
	`task` integer,
	`seq` integer NOT NULL,
	`ping` text NOT NULL,
	`sound` text NOT NULL,
	`params` text NOT NULL,
	`stage` text,
	`attempt` integer,
	`waiting` text,
	`created_at` integer NOT NULL,
	`sent_at` integer,
	`message` integer,
	`dropped_at` integer,
	PRIMARY KEY(`cause`, `chat`)
);
--> statement-breakpoint
CREATE INDEX `pings_pending` ON `pings` (`chat`,`seq`) WHERE sent_at is null and dropped_at is null;--> statement-breakpoint
CREATE TABLE `prompts` (
	`chat` text NOT NULL,
	`user_id` integer NOT NULL,
	`message` integer NOT NULL,
	`task` integer,
	`stage` text,
	`attempt` integer,
	`sha` text,
	`action` text NOT NULL,
	`payload` text,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`chat`, `user_id`)
);
--> statement-breakpoint
CREATE TABLE `sent_messages` (
	`chat` text NOT NULL,
	`message` integer NOT NULL,
	`task` integer,
	`stage` text,
	`attempt` integer,
	`sha` text,
	`waiting` text NOT NULL,
	PRIMARY KEY(`chat`, `message`)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`projects` text NOT NULL,
	`tz` text,
	`quiet_hours` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL
);
