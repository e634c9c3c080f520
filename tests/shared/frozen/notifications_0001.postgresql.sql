SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.checkpoints (
    view text NOT NULL,
    version integer NOT NULL,
    service text NOT NULL,
    ledger text NOT NULL,
    "position" bigint NOT NULL,
    leaf bytea NOT NULL
);
CREATE TABLE public.known (
    id character varying(36) NOT NULL,
    facts text NOT NULL
);
CREATE TABLE public.obligations (
    id uuid NOT NULL,
    event character varying(120) NOT NULL,
    rule character varying(40) NOT NULL,
    occurrence character varying(120) NOT NULL,
    recipient character varying(36) NOT NULL,
    kind character varying(8) NOT NULL,
    project character varying(36) NOT NULL,
    subject character varying(200) NOT NULL,
    facts text NOT NULL,
    due date,
    created_at bigint NOT NULL,
    done_at bigint,
    done_by_event character varying(120),
    done_by_recipient boolean,
    read_at bigint
);
CREATE TABLE public.parked (
    view text NOT NULL,
    version integer NOT NULL,
    held text NOT NULL,
    service text NOT NULL,
    ledger text NOT NULL,
    stream uuid NOT NULL,
    "position" bigint NOT NULL,
    cause text NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.unknown_events (
    view text NOT NULL,
    version integer NOT NULL,
    service text NOT NULL,
    ledger text NOT NULL,
    name text NOT NULL,
    first_position bigint NOT NULL,
    count bigint NOT NULL
);
CREATE TABLE public.views (
    name text NOT NULL,
    live_version integer NOT NULL
);
INSERT INTO public.alembic_version VALUES ('notifications_0001');
INSERT INTO public.checkpoints VALUES ('obligations', 1, 'evaluation', '8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e', 3, '\x7bae9224d0b4855410fea860e224d9614ff39b396ef591ed66af8997c80f8754');
INSERT INTO public.checkpoints VALUES ('obligations', 1, 'projects', '4feba6a8-716d-567e-aa8c-ffa0577193b6', 283, '\xda4bd3b7694f250336ffe39d306f36699534bbe1ca0b4954df8a57038692b1c4');
INSERT INTO public.checkpoints VALUES ('obligations', 1, 'projects', '7732a12d-a511-5848-9609-c6c317a8786e', 112, '\xda1424a8252e3cf8d1e33cf32446fd0ae3c9a970501d859853e94e6aa53d2840');
INSERT INTO public.known VALUES ('1163d041-9596-5b33-8964-2afb0cff36a0', '{"title":"共建“到货零等待”——高压阀组交付攻关项目","company":"8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e","unit":"0d2e75dd-704d-52b7-9b06-6ce99fa7f1ad","leader":"branch_with_committee","lead":"fd107915-a570-5050-9251-a5e8c0977252","proposers":["fd107915-a570-5050-9251-a5e8c0977252"],"team":["fd107915-a570-5050-9251-a5e8c0977252","ac233fb7-5b76-5ef6-a2f7-660dd44982c1","413724a3-b466-54a7-af2d-8c4f46571cd8","66be81c3-aa83-5a48-9ac5-1c5b22f3e734","ca08de93-fa64-512c-beb7-1bde11989192"],"former":[],"doers":["ac233fb7-5b76-5ef6-a2f7-660dd44982c1","413724a3-b466-54a7-af2d-8c4f46571cd8","66be81c3-aa83-5a48-9ac5-1c5b22f3e734","fd107915-a570-5050-9251-a5e8c0977252"],"partners":[],"resumes_at":0,"conditions":[],"tasks":{"t1":{"title":"梳理晚于节点的清单和原因","standard":"逐件写明卡在哪、谁负责、哪天解决","due":"2026-06-03"},"t2":{"title":"建立图样当天回机制","standard":"上午提出的问题当天答复，超时有记录","due":"2026-07-09"},"t3":{"title":"联合检验规程","standard":"双方签认，一次检验两边认可","due":"2026-08-14"},"t4":{"title":"到货周通报","standard":"每周五发出，数据与物资系统一致","due":"2026-09-19"},"c1":{"title":"与供应商联合检验，复验不再重复开箱","standard":"连续十批联检件入厂免开箱且无质量问题","due":"2026-08-30"}},"indicators":{"on_time_goods":{"name":"高压阀组按期到货率","unit":"%"},"drawing_days":{"name":"图样确认时长","unit":"天"},"reinspection":{"name":"入厂复验合格率","unit":"%"}},"inspectors":{},"rectifiers":{},"chair":""}');
INSERT INTO public.known VALUES ('174b6d4e-ae49-54b3-94cf-940ffc5eace1', '{"title":"","company":"","unit":"","leader":"","lead":"","proposers":[],"team":[],"former":[],"doers":[],"partners":[],"resumes_at":0,"conditions":[],"tasks":{},"indicators":{},"inspectors":{},"rectifiers":{},"chair":"c38325b7-cf10-5246-b7e7-7ffe7d1dc258"}');
INSERT INTO public.known VALUES ('2e71a5d6-f5cb-5c70-982b-538321c71b56', '{"title":"","company":"","unit":"","leader":"","lead":"","proposers":[],"team":[],"former":[],"doers":[],"partners":[],"resumes_at":0,"conditions":[],"tasks":{},"indicators":{},"inspectors":{},"rectifiers":{},"chair":"f8f0c89c-fb2b-5ed7-b53a-499c936d00a0"}');
INSERT INTO public.obligations VALUES ('0082ffad-167a-56b4-9cdf-7238e382c0ad', 'projects/7732a12d-a511-5848-9609-c6c317a8786e/98', 'n12', 'source_department@c5a525f6-5a05-5381-a126-ba10366d33a4', '85de8a1e-46d0-5d08-be2c-7338004fb575', 'todo', '8427e0f5-0d4b-5127-b45e-e4eabe5b977a', 'figure/mp_accidents/2026-10', '{"title":"“后墙倒排”保封顶——主泵房党员突击队攻坚项目","indicator":"生产安全责任事故","unit_of_measure":"起","period":"2026-10","unit":"9d6ff4f0-afaa-53ce-b026-aefb34554e6f","value":"0"}', '2026-10-27', 1792631538000000, 1792716715000000, 'projects/7732a12d-a511-5848-9609-c6c317a8786e/100', true, NULL);
INSERT INTO public.obligations VALUES ('008ebc2e-9342-516c-bad4-5dc2be79fabf', 'projects/8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e/100', 'n03', 'headquarters@9e5f0781-e52a-5ed1-b962-799db9626491', '123ab2dc-ca94-5575-8ad8-32736cfae70c', 'read', '1163d041-9596-5b33-8964-2afb0cff36a0', 'step/4', '{"title":"共建“到货零等待”——高压阀组交付攻关项目","step":"集团备案","due":"","body":"9e5f0781-e52a-5ed1-b962-799db9626491"}', NULL, 1775721300000000, NULL, NULL, NULL, NULL);
INSERT INTO public.obligations VALUES ('0102c7dc-4f6f-58ef-a7a0-68eab8c5185e', 'projects/8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e/249', 'n12', 'source_department@a1c6bcbb-ce86-5037-b7bb-226d65e2d58f', '7aa4b6c5-ae20-59ca-a821-b3096c86f018', 'todo', '2eda5248-90d6-585f-8c60-13d1de807dd3', 'figure/leaving/2026-10', '{"title":"从挂牌到达标——新并入站点党支部规范化项目","indicator":"关键岗位流失率","unit_of_measure":"%","period":"2026-10","unit":"b11f34db-3f17-5707-9ee6-3a6c6d4b0271","value":"14"}', '2026-10-12', 1791421323000000, 1791765712000000, 'projects/8f6d6e7c-4a8f-5a0f-9c0d-72849b32d51e/259', true, NULL);
INSERT INTO public.unknown_events VALUES ('obligations', 1, 'projects', '4feba6a8-716d-567e-aa8c-ffa0577193b6', 'ActivityHeld', 109, 12);
INSERT INTO public.unknown_events VALUES ('obligations', 1, 'projects', '4feba6a8-716d-567e-aa8c-ffa0577193b6', 'BaselineConfirmed', 5, 10);
INSERT INTO public.unknown_events VALUES ('obligations', 1, 'projects', '4feba6a8-716d-567e-aa8c-ffa0577193b6', 'ClaimContended', 73, 1);
INSERT INTO public.views VALUES ('obligations', 1);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.checkpoints
    ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (view, version, service, ledger);
ALTER TABLE ONLY public.known
    ADD CONSTRAINT known_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.obligations
    ADD CONSTRAINT obligations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.parked
    ADD CONSTRAINT parked_pkey PRIMARY KEY (view, version, held, service, ledger);
ALTER TABLE ONLY public.unknown_events
    ADD CONSTRAINT unknown_events_pkey PRIMARY KEY (view, version, service, ledger, name);
ALTER TABLE ONLY public.views
    ADD CONSTRAINT views_pkey PRIMARY KEY (name);
CREATE INDEX obligations_by_project ON public.obligations USING btree (project, rule);
CREATE INDEX obligations_by_recipient ON public.obligations USING btree (recipient, kind, created_at, id);
